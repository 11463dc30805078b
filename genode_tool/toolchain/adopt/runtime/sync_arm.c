/*
 * Atomic operations that libraries for old ARM processors call as functions
 *
 * Take the place of the distribution's, which ask a page of the Linux kernel. These use
 * the instructions of ARMv6 and later.
 */

#define NAMED(name) __asm__(#name)

#define OPERATION(type, size, name, function)                                          \
	type fetch_and_##name##size(type *place, type value)                           \
		NAMED(__sync_fetch_and_##name##_##size);                               \
	type fetch_and_##name##size(type *place, type value)                           \
	{ return __atomic_fetch_##function(place, value, __ATOMIC_SEQ_CST); }          \
	type name##_and_fetch##size(type *place, type value)                           \
		NAMED(__sync_##name##_and_fetch_##size);                               \
	type name##_and_fetch##size(type *place, type value)                           \
	{ return __atomic_##function##_fetch(place, value, __ATOMIC_SEQ_CST); }

#define OPERATIONS(type, size)                                                         \
	OPERATION(type, size, add, add)                                                \
	OPERATION(type, size, sub, sub)                                                \
	OPERATION(type, size, or, or)                                                  \
	OPERATION(type, size, and, and)                                                \
	OPERATION(type, size, xor, xor)                                                \
	OPERATION(type, size, nand, nand)                                              \
	type value_swap##size(type *place, type before, type after)                    \
		NAMED(__sync_val_compare_and_swap_##size);                             \
	type value_swap##size(type *place, type before, type after)                    \
	{                                                                              \
		__atomic_compare_exchange_n(place, &before, after, 0,                  \
		                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);       \
		return before;                                                         \
	}                                                                              \
	_Bool bool_swap##size(type *place, type before, type after)                    \
		NAMED(__sync_bool_compare_and_swap_##size);                            \
	_Bool bool_swap##size(type *place, type before, type after)                    \
	{                                                                              \
		return __atomic_compare_exchange_n(place, &before, after, 0,           \
		                                   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);\
	}                                                                              \
	type test_and_set##size(type *place, type value)                               \
		NAMED(__sync_lock_test_and_set_##size);                                \
	type test_and_set##size(type *place, type value)                               \
	{ return __atomic_exchange_n(place, value, __ATOMIC_ACQUIRE); }                \
	void release##size(type *place) NAMED(__sync_lock_release_##size);             \
	void release##size(type *place)                                                \
	{ __atomic_store_n(place, 0, __ATOMIC_RELEASE); }

OPERATIONS(unsigned char, 1)
OPERATIONS(unsigned short, 2)
OPERATIONS(unsigned int, 4)
OPERATIONS(unsigned long long, 8)

void synchronize(void) NAMED(__sync_synchronize);
void synchronize(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/*
 * Memory for exception objects (Itanium C++ ABI, Level II, 2.4.2)
 *
 * Takes the place of the distribution's, whose emergency pool needs a mutex and
 * settings of the host's C library. An exception is preceded by a header that is
 * known to the C++ support library only; here, its size matters.
 */

#include <stddef.h>
#include <unwind.h>

extern void *malloc(size_t);
extern void free(void *);
extern void *memset(void *, int, size_t);

/* std::terminate() */
extern void terminate(void) __asm__("_ZSt9terminatev") __attribute__((noreturn));

#ifdef __ARM_EABI__
typedef _Unwind_Control_Block unwind_header;
#else
typedef struct _Unwind_Exception unwind_header;
#endif

/* header of an exception as GCC extends the ABI's '__cxa_exception' */
struct exception_header
{
	void *type;
	void *destructor;
	void *unexpected_handler;
	void *terminate_handler;
	void *next;
	int handler_count;
#ifdef __ARM_EABI__
	void *next_propagating;
	int propagation_count;
#else
	int handler_switch_value;
	void const *action_record;
	void const *language_specific_data;
	_Unwind_Ptr catch_temp;
	void *adjusted_object;
#endif
	unwind_header unwind;
};

struct refcounted_header
{
	int count;
	struct exception_header exception;
};

struct dependent_header
{
	struct exception_header exception;
	void *spare[2];        /* its layout differs from release to release */
};

void *__cxa_allocate_exception(size_t size)
{
	char *memory = malloc(size + sizeof(struct refcounted_header));
	if (!memory)
		terminate();

	memset(memory, 0, sizeof(struct refcounted_header));
	return memory + sizeof(struct refcounted_header);
}

void __cxa_free_exception(void *object)
{
	free((char *)object - sizeof(struct refcounted_header));
}

void *__cxa_allocate_dependent_exception(void)
{
	void *memory = malloc(sizeof(struct dependent_header));
	if (!memory)
		terminate();

	return memset(memory, 0, sizeof(struct dependent_header));
}

void __cxa_free_dependent_exception(void *object)
{
	free(object);
}

/* __gnu_cxx::__freeres(): there is no pool to be given back */
void freeres(void) __asm__("_ZN9__gnu_cxx9__freeresEv");
void freeres(void) { }

/*
 * Initialization of local static variables (Itanium C++ ABI, 3.3.3; ARM C++ ABI)
 *
 * Takes the place of the distribution's, which waits in the host's kernel. A member
 * of an archive: a system with threads brings its own functions, which are found first.
 * Whoever finds the variable being initialized looks again until it is.
 */

enum { DONE = 1, BUSY = 0x100 };

int __cxa_guard_acquire(int *guard)
{
	for (;;) {
		int expected = 0;
		if (__atomic_compare_exchange_n(guard, &expected, BUSY, 0,
		                                __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
			return 1;
		if (expected & DONE)
			return 0;
	}
}

void __cxa_guard_release(int *guard)
{
	__atomic_store_n(guard, DONE, __ATOMIC_RELEASE);
}

void __cxa_guard_abort(int *guard)
{
	__atomic_store_n(guard, 0, __ATOMIC_RELEASE);
}

/*
 * Destructors of thread-local variables
 *
 * Takes the place of the distribution's, which keeps a list in the host's C library.
 * As in any tool chain without threads, they run when the program ends.
 */

extern int __cxa_atexit(void (*)(void *), void *, void *);

int __cxa_thread_atexit(void (*destructor)(void *), void *object, void *dso)
{
	return __cxa_atexit(destructor, object, dso);
}

/*
 * Atomic addition for the C++ support library
 *
 * Takes the place of the distribution's, which needs a mutex or code for atomic
 * operations that is chosen while the host's C library starts.
 */

typedef int atomic_word;

/* __gnu_cxx::__exchange_and_add(int volatile *, int) */
atomic_word exchange_and_add(atomic_word volatile *, int)
	__asm__("_ZN9__gnu_cxx18__exchange_and_addEPVii");

atomic_word exchange_and_add(atomic_word volatile *place, int value)
{
	return __atomic_fetch_add(place, value, __ATOMIC_ACQ_REL);
}

/* __gnu_cxx::__atomic_add(int volatile *, int) */
void atomic_add(atomic_word volatile *, int)
	__asm__("_ZN9__gnu_cxx12__atomic_addEPVii");

void atomic_add(atomic_word volatile *place, int value)
{
	__atomic_fetch_add(place, value, __ATOMIC_ACQ_REL);
}

/*
 * What the compiler expects from a C++ run-time
 */

#include <base/types.h>

using namespace Genode;

extern "C" {

    /* destructors of static objects never run, components do not return */
    int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }

    /* called on an object that is not constructed yet, or not any more */
    void __cxa_pure_virtual() { __builtin_trap(); }
}


/*
 * Referred to by each virtual destructor. Objects are destroyed with
 * 'Genode::destroy', which never gets here.
 */
void operator delete (void *, size_t) { __builtin_trap(); }
void operator delete (void *)         { __builtin_trap(); }

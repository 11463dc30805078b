/*
 * Things that a component must not be able to do to the kernel
 */

#pragma once

#include <base/protocol.h>
#include <hw/syscall.h>

namespace Abuse {

    using namespace Genode;

    /*
     * Something that has to end in a fault of the component
     */
    struct Case
    {
        char const          *name;
        Protocol::Pd::Fault_kind fault;
        void               (*attempt)();
    };

    extern Case     const cases[];
    extern unsigned const num_cases;

    /*
     * Call each system call with arbitrary arguments many times
     *
     * It is fine if that ends in a fault of the component.
     */
    void make_noise(uint64_t seed);

    struct Results { uint64_t rax, rdx, r8; };

    /* system call with any number and any arguments */
    inline Results syscall(uint64_t number, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0,
                           uint64_t a4 = 0, uint64_t a5 = 0)
    {
        register uint64_t r10 asm ("r10") = a4;
        register uint64_t r8  asm ("r8")  = a5;

        asm volatile ("syscall"
                      : "+a" (number), "+d" (a3), "+r" (r8)
                      : "D" (a1), "S" (a2), "r" (r10)
                      : "rcx", "r11", "memory");

        return { number, a3, r8 };
    }

    inline Results syscall(Hw::Syscall number, uint64_t a1 = 0, uint64_t a2 = 0) {
        return syscall(uint64_t(number), a1, a2); }
}

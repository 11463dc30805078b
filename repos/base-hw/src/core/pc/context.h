/*
 * Registers of an interrupted thread
 */

#pragma once

#include <cpu.h>

namespace Hw { struct Context; }


/*
 * The layout is the one produced by 'entry.s'. The object's end is where the
 * CPU starts to push its frame, which it does at 16-byte boundaries only.
 */
struct alignas(16) Hw::Context
{
    static constexpr uint64_t VECTOR_SYSCALL = 256;
    static constexpr uint64_t USER_CS = 0x23, USER_SS = 0x1b;
    static constexpr uint64_t FLAGS_INTERRUPT = 0x200, FLAGS_FIXED = 0x2;

    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;

    /* prepare for the first entry into user mode */
    void start(addr_t ip, addr_t sp)
    {
        *this  = { };
        rip    = ip;
        cs     = USER_CS;
        rflags = FLAGS_INTERRUPT | FLAGS_FIXED;
        rsp    = sp;
        ss     = USER_SS;
    }

    void print() const;
};

static_assert(sizeof(Hw::Context) == 22*8);

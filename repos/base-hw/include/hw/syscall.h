/*
 * System calls, as agreed between the kernel and the platform layer of 'ld'
 *
 * Instruction 'syscall' with the number in 'rax' and the arguments in 'rdi',
 * 'rsi', 'rdx', 'r10', 'r8'. Results are in 'rax', 'rdx', and 'r8', 'rcx' and
 * 'r11' are lost, all other registers are kept. Arguments and results have
 * the meaning that 'repos/base/doc/kernel-interface.md' gives to them.
 *
 * A message is passed by its address. If the kernel cannot access it there,
 * the component faults just as if it had accessed the address itself. An
 * unknown number is treated like an undefined instruction.
 */

#pragma once

#include <base/types.h>

namespace Hw {

    enum class Syscall : Genode::uint64_t {
        OBJECT_CREATE,    /* badge -> result, cap */
        OBJECT_DESTROY,   /* cap */
        CAP_DROP,         /* cap */
        CALL,             /* cap, message -> tag */
        WAIT,             /* message, deadline -> kind, badge, token */
        REPLY,            /* token, message */
        NOTIFY,           /* cap */
        RAM_ALLOC,        /* bytes -> result, cap */
        RAM_FREE,         /* cap */
        ATTACH,           /* cap, flags, offset, size, address -> result, address, size */
        DETACH,           /* address */
        NOW_US,           /* -> time */
        HALT,
        DEBUG,            /* text, length (at most MAX_DEBUG are printed) */
    };

    static constexpr Genode::size_t MAX_DEBUG = 1024;
}

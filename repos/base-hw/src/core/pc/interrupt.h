/*
 * Interrupts and exceptions
 */

#pragma once

#include <context.h>

namespace Hw::Interrupt {

    enum Vector : uint8_t {
        DIVIDE = 0, DEBUG = 1, BREAKPOINT = 3, INVALID_OPCODE = 6, PAGE_FAULT = 14,
        FPU_ERROR = 16, SIMD_ERROR = 19, NUM_EXCEPTIONS = 32,

        LEGACY_BASE = 32,   /* never enabled, spurious ones only */
        TIMER       = 64,
        SPURIOUS    = 255,
    };

    /* set up descriptor tables, system calls, and CPU features */
    void init();

    /* make 'context' the place where the next entry from user mode saves registers */
    void save_to(Context &context);
}

/*
 * Access to instructions and registers that C++ knows nothing about
 */

#pragma once

#include <types.h>

namespace Hw {

    inline void out8(uint16_t port, uint8_t value) {
        asm volatile ("outb %0, %1" : : "a" (value), "Nd" (port)); }

    inline uint8_t in8(uint16_t port)
    {
        uint8_t value;
        asm volatile ("inb %1, %0" : "=a" (value) : "Nd" (port));
        return value;
    }

    enum Msr : uint32_t {
        MSR_APIC_BASE    = 0x1b,
        MSR_STAR         = 0xc0000081,
        MSR_LSTAR        = 0xc0000082,
        MSR_SYSCALL_MASK = 0xc0000084,
    };

    inline uint64_t read_msr(Msr msr)
    {
        uint32_t low, high;
        asm volatile ("rdmsr" : "=a" (low), "=d" (high) : "c" (msr));
        return uint64_t(high) << 32 | low;
    }

    inline void write_msr(Msr msr, uint64_t value) {
        asm volatile ("wrmsr" : : "c" (msr), "a" (uint32_t(value)), "d" (uint32_t(value >> 32))); }

    inline uint64_t time_stamp()
    {
        uint32_t low, high;
        asm volatile ("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
        return uint64_t(high) << 32 | low;
    }

    struct Cpuid { uint32_t eax, ebx, ecx, edx; };

    inline Cpuid cpuid(uint32_t leaf, uint32_t subleaf = 0)
    {
        Cpuid r { };
        asm volatile ("cpuid" : "=a" (r.eax), "=b" (r.ebx), "=c" (r.ecx), "=d" (r.edx)
                              : "a" (leaf), "c" (subleaf));
        return r;
    }

    inline addr_t read_cr2() { addr_t v; asm volatile ("mov %%cr2, %0" : "=r" (v)); return v; }
    inline addr_t read_cr3() { addr_t v; asm volatile ("mov %%cr3, %0" : "=r" (v)); return v; }
    inline addr_t read_cr4() { addr_t v; asm volatile ("mov %%cr4, %0" : "=r" (v)); return v; }

    inline void write_cr3(addr_t v) { asm volatile ("mov %0, %%cr3" : : "r" (v) : "memory"); }
    inline void write_cr4(addr_t v) { asm volatile ("mov %0, %%cr4" : : "r" (v) : "memory"); }

    inline void invalidate_page(addr_t va) { asm volatile ("invlpg (%0)" : : "r" (va) : "memory"); }

    /* registers of FPU and SSE, in the format of FXSAVE */
    struct alignas(16) Fpu_state
    {
        uint8_t data[512];

        /* all exceptions masked, round to nearest, extended precision */
        void reset()
        {
            enum { CONTROL_WORD = 0, MXCSR = 24 };

            *this = { };
            data[CONTROL_WORD] = 0x7f, data[CONTROL_WORD + 1] = 0x03;
            data[MXCSR]        = 0x80, data[MXCSR + 1]        = 0x1f;
        }

        void save()          { asm volatile ("fxsave64 %0"  : "=m" (data)); }
        void restore() const { asm volatile ("fxrstor64 %0" : : "m" (data)); }
    };
}

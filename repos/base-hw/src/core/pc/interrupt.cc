/*
 * Interrupts and exceptions
 */

#include <console.h>
#include <interrupt.h>

using namespace Hw;

extern "C" {
    extern uint8_t  kernel_vectors[];
    extern uint8_t  kernel_ist_top[];
    extern uint64_t kernel_gdt[];
    extern addr_t   kernel_context_end;

    void kernel_syscall();

    [[noreturn]] void kernel_exception(Context const &);
}

namespace {

    constexpr unsigned NUM_VECTORS = 256, VECTOR_CODE_SIZE = 16;

    constexpr uint16_t KERNEL_CS = 0x08, KERNEL_SS = 0x10, TSS_SELECTOR = 0x28;

    /* only a gate for users can be entered by an 'int' instruction of theirs */
    constexpr uint8_t GATE = 0x8e, USER_GATE = 0xee;

    struct Gate
    {
        uint16_t offset_low, selector;
        uint8_t  ist, type;
        uint16_t offset_mid;
        uint32_t offset_high, reserved;
    };

    struct [[gnu::packed]] Tss
    {
        uint32_t reserved_0;
        addr_t   rsp[3];
        uint64_t reserved_1;
        addr_t   ist[7];
        uint64_t reserved_2;
        uint16_t reserved_3, io_bitmap;
    };

    constinit Gate idt[NUM_VECTORS] { };

    /* the bitmap offset at the end of the segment denies all I/O ports to user mode */
    constinit Tss tss { .reserved_0 = 0, .rsp = { }, .reserved_1 = 0, .ist = { },
                        .reserved_2 = 0, .reserved_3 = 0, .io_bitmap = sizeof(Tss) };

    struct [[gnu::packed]] Pointer { uint16_t limit; void const *base; };

    void init_tss()
    {
        tss.ist[0] = addr_t(kernel_ist_top);

        addr_t const base = addr_t(&tss);

        kernel_gdt[TSS_SELECTOR/8]     = (sizeof(tss) - 1) | (base & 0xffffff) << 16
                                       | uint64_t(0x89) << 40 | (base >> 24 & 0xff) << 56;
        kernel_gdt[TSS_SELECTOR/8 + 1] = base >> 32;

        asm volatile ("ltr %0" : : "r" (TSS_SELECTOR));
    }

    void init_idt()
    {
        for (unsigned i = 0; i < NUM_VECTORS; i++) {

            addr_t const code = addr_t(kernel_vectors) + i*VECTOR_CODE_SIZE;

            /* NMI, double fault, and machine check get a stack that is surely intact */
            bool const fatal = (i == 2 || i == 8 || i == 18);

            idt[i] = { .offset_low  = uint16_t(code),
                       .selector    = KERNEL_CS,
                       .ist         = uint8_t(fatal ? 1 : 0),
                       .type        = uint8_t(i == Interrupt::BREAKPOINT ? USER_GATE : GATE),
                       .offset_mid  = uint16_t(code >> 16),
                       .offset_high = uint32_t(code >> 32),
                       .reserved    = 0 };
        }

        Pointer const pointer { sizeof(idt) - 1, idt };
        asm volatile ("lidt %0" : : "m" (pointer));
    }

    /* both legacy interrupt controllers: away from the exceptions, everything masked */
    void mask_legacy_interrupts()
    {
        enum : uint16_t { COMMAND_0 = 0x20, DATA_0 = 0x21, COMMAND_1 = 0xa0, DATA_1 = 0xa1 };

        out8(COMMAND_0, 0x11);
        out8(COMMAND_1, 0x11);
        out8(DATA_0, Interrupt::LEGACY_BASE);
        out8(DATA_1, Interrupt::LEGACY_BASE + 8);
        out8(DATA_0, 4);
        out8(DATA_1, 2);
        out8(DATA_0, 1);
        out8(DATA_1, 1);
        out8(DATA_0, 0xff);
        out8(DATA_1, 0xff);
    }

    void init_syscall()
    {
        /* flags cleared on entry: trap, interrupt, direction, nested task, alignment check */
        constexpr uint64_t mask = 0x100 | 0x200 | 0x400 | 0x4000 | 0x40000;

        write_msr(MSR_STAR, uint64_t(KERNEL_SS) << 48 | uint64_t(KERNEL_CS) << 32);
        write_msr(MSR_LSTAR, addr_t(kernel_syscall));
        write_msr(MSR_SYSCALL_MASK, mask);
    }

    void init_features()
    {
        enum : uint64_t { MACHINE_CHECK = 1u << 6, GLOBAL_PAGES = 1u << 7, FXSAVE = 1u << 9,
                          SIMD_EXCEPTIONS = 1u << 10, UMIP = 1u << 11, SMEP = 1u << 20,
                          SMAP = 1u << 21 };

        uint64_t cr4 = read_cr4() | MACHINE_CHECK | GLOBAL_PAGES | FXSAVE | SIMD_EXCEPTIONS;

        /* let the CPU catch accidental use of user memory by the kernel, where it can */
        if (cpuid(0).eax >= 7) {
            Cpuid const features = cpuid(7);
            if (features.ebx & (1u << 7))  cr4 |= SMEP;
            if (features.ebx & (1u << 20)) cr4 |= SMAP;
            if (features.ecx & (1u << 2))  cr4 |= UMIP;
        }
        write_cr4(cr4);
    }
}


void Hw::Interrupt::init()
{
    init_tss();
    init_idt();
    mask_legacy_interrupts();
    init_syscall();
    init_features();
}


void Hw::Interrupt::save_to(Context &context)
{
    tss.rsp[0] = kernel_context_end = addr_t(&context + 1);
}


void Context::print() const
{
    struct Line { char const *name_0; uint64_t value_0; char const *name_1; uint64_t value_1; };

    Line const lines[] = { { "  rip ", rip, " rsp    ", rsp }, { "  cs  ", cs,  " ss     ", ss  },
                           { "  rax ", rax, " rflags ", rflags }, { "  rbx ", rbx, " rcx    ", rcx },
                           { "  rdx ", rdx, " rbp    ", rbp }, { "  rsi ", rsi, " rdi    ", rdi },
                           { "  r8  ", r8,  " r9     ", r9  }, { "  r10 ", r10, " r11    ", r11 },
                           { "  r12 ", r12, " r13    ", r13 }, { "  r14 ", r14, " r15    ", r15 } };

    for (Line const &l : lines)
        line(l.name_0, Hex { l.value_0, 16 }, l.name_1, Hex { l.value_1, 16 });
}


static char const *exception_name(uint64_t vector)
{
    static constexpr char const *names[] {
        "divide error", "debug", "non-maskable interrupt", "breakpoint", "overflow", "bound range",
        "invalid opcode", "device not available", "double fault", "coprocessor overrun",
        "invalid TSS", "segment not present", "stack fault", "general protection", "page fault",
        "reserved", "x87 error", "alignment check", "machine check", "SIMD error" };

    return vector < sizeof(names)/sizeof(names[0]) ? names[vector] : "unknown exception";
}


/*
 * Exception raised by the kernel itself, or one that nobody can survive
 */
void kernel_exception(Context const &context)
{
    line("kernel panic: ", exception_name(context.vector), " at ip ", Hex { context.rip },
         ", address ", Hex { read_cr2() }, ", vector ", context.vector,
         ", error ", Hex { context.error });

    context.print();

    line("  cr3 ", Hex { read_cr3(), 16 }, " cr4    ", Hex { read_cr4(), 16 });

    halt();
}


void Hw::halt()
{
    for (;;)
        asm volatile ("cli; hlt");
}

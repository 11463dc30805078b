/*
 * Attempts that have to end in a fault
 */

#include <abuse.h>

using namespace Abuse;

using Hw::Syscall;

namespace {

    using enum Genode::Protocol::Pd::Fault_kind;

    /* places in the kernel's half of the address space */
    constexpr addr_t KERNEL_IMAGE = 0xffffffff80100000, KERNEL_RAM = 0xffff800000200000;

    /* not an address at all: the upper bits differ from bit 47 */
    constexpr addr_t NON_CANONICAL = 0x0000800000000000;

    uint8_t volatile &at(addr_t addr) { return *reinterpret_cast<uint8_t volatile *>(addr); }

    void read(addr_t addr) { uint8_t const value = at(addr); asm volatile ("" : : "r" (value)); }

    void jump(addr_t addr) { asm volatile ("jmp *%0" : : "r" (addr)); }

    uint8_t code[] = { 0xc3 };

    void recurse(unsigned depth)
    {
        uint8_t volatile space[4096];
        space[0] = uint8_t(depth);
        recurse(depth + 1);
        space[1] = space[0];
    }

    /* message whose buffer begins in accessible memory and reaches beyond the stack's end */
    addr_t message_across_the_end()
    {
        addr_t page = addr_t(__builtin_frame_address(0)) & ~(PAGE_SIZE - 1);
        for (; page < 0x4fe00000 - PAGE_SIZE; page += PAGE_SIZE);

        Message &msg = *reinterpret_cast<Message *>(page + PAGE_SIZE - 64);
        msg.tag = 0, msg.num_bytes = Message::MAX_BYTES, msg.num_caps = 0;
        return addr_t(&msg);
    }
}

Case const Abuse::cases[] {

    { "read null pointer",          PAGE_FAULT, [] { read(0); } },
    { "read kernel image",          PAGE_FAULT, [] { read(KERNEL_IMAGE); } },
    { "write kernel image",         PAGE_FAULT, [] { at(KERNEL_IMAGE) = 0; } },
    { "read kernel's view of RAM",  PAGE_FAULT, [] { read(KERNEL_RAM); } },
    { "write kernel's view of RAM", PAGE_FAULT, [] { at(KERNEL_RAM) = 0; } },
    { "execute kernel image",       PAGE_FAULT, [] { jump(KERNEL_IMAGE); } },
    { "write own code",             PAGE_FAULT, [] { at(addr_t(&make_noise)) = 0; } },
    { "execute own data",           PAGE_FAULT, [] { jump(addr_t(code)); } },
    { "exhaust the stack",          PAGE_FAULT, [] { recurse(0); } },

    { "access non-canonical address", PROTECTION, [] { at(NON_CANONICAL) = 0; } },
    { "jump to non-canonical address", PROTECTION, [] { jump(NON_CANONICAL); } },
    { "disable interrupts",           PROTECTION, [] { asm volatile ("cli"); } },
    { "halt the CPU",                 PROTECTION, [] { asm volatile ("hlt"); } },
    { "write to an I/O port",         PROTECTION, [] {
        asm volatile ("outb %0, %1" : : "a" (uint8_t('!')), "d" (uint16_t(0x3f8))); } },
    { "switch page tables",           PROTECTION, [] {
        asm volatile ("mov %0, %%cr3" : : "r" (0ull)); } },
    { "write a model-specific register", PROTECTION, [] {
        asm volatile ("wrmsr" : : "a" (0), "d" (0), "c" (0xc0000082)); } },
    { "load a kernel segment",        PROTECTION, [] {
        asm volatile ("mov %0, %%ss" : : "r" (0x10)); } },
    { "enter through a timer gate",   PROTECTION, [] { asm volatile ("int $64"); } },
    { "jump into a kernel segment",   PROTECTION, [] {
        struct [[gnu::packed]] { uint32_t offset; uint16_t selector; } const target { 0, 0x8 };
        asm volatile ("ljmp *%0" : : "m" (target)); } },

    { "undefined instruction",      ILLEGAL_INSTRUCTION, [] { asm volatile ("ud2"); } },
    { "odd flags in a system call", ILLEGAL_INSTRUCTION, [] {
        /* nested task, alignment check, direction, identification */
        asm volatile ("pushf; orl $0x244400, (%%rsp); popf; syscall; ud2"
                      : : "a" (Syscall::NOW_US) : "rcx", "r11", "rdx", "memory"); } },
    { "odd flags in a page fault", ILLEGAL_INSTRUCTION, [] {
        static uint8_t untouched[4*PAGE_SIZE];
        asm volatile ("pushf; orl $0x244400, (%%rsp); popf; movb $1, %0; ud2"
                      : "=m" (untouched[2*PAGE_SIZE]) : : "memory"); } },
    { "unknown system call",        ILLEGAL_INSTRUCTION, [] { syscall(1000); } },
    { "unknown system call, large", ILLEGAL_INSTRUCTION, [] { syscall(~0ull); } },
    { "divide by zero",             ARITHMETIC, [] {
        asm volatile ("div %0" : : "r" (0), "a" (1), "d" (0)); } },
    { "unmask FPU exceptions",      ARITHMETIC, [] {
        uint16_t const control = 0x340;
        asm volatile ("fldcw %0; fld1; fldz; fdivrp; fwait" : : "m" (control)); } },
    { "breakpoint",                 BREAKPOINT, [] { asm volatile ("int3"); } },
    { "single step",                BREAKPOINT, [] {
        asm volatile ("pushf; orl $0x100, (%%rsp); popf; nop; nop" : : : "memory"); } },
    { "single step into a system call", BREAKPOINT, [] {
        asm volatile ("pushf; orl $0x100, (%%rsp); popf; syscall; nop"
                      : : "a" (Syscall::NOW_US) : "rcx", "r11", "rdx", "memory"); } },

    { "call with null message",        PAGE_FAULT, [] { syscall(Syscall::CALL, 3, 0); } },
    { "call with message in kernel",   PAGE_FAULT, [] { syscall(Syscall::CALL, 3, KERNEL_RAM); } },
    { "call with message at the end",  PAGE_FAULT, [] { syscall(Syscall::CALL, 3, ~0ull); } },
    { "call with non-canonical message", PAGE_FAULT, [] {
        syscall(Syscall::CALL, 3, NON_CANONICAL); } },
    { "call with read-only message",   PAGE_FAULT, [] {
        syscall(Syscall::CALL, 4, addr_t(&make_noise) & ~0xfffull); } },
    { "call with message partly there", PAGE_FAULT, [] {
        syscall(Syscall::CALL, 3, message_across_the_end()); } },
    { "print kernel memory",           PAGE_FAULT, [] {
        syscall(Syscall::DEBUG, KERNEL_IMAGE, 16); } },
    { "print across the address space", PAGE_FAULT, [] {
        syscall(Syscall::DEBUG, 0x00007fffffffe000, ~0ull); } },
};

unsigned const Abuse::num_cases = sizeof(cases)/sizeof(cases[0]);

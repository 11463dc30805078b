/*
 * Entry of core, the stack pointer is aligned as the kernel left it
 */

    .text
    .global _start

_start:
    xorl %ebp, %ebp
    andq $-16, %rsp
    call core_main
    ud2

    .section .note.GNU-stack, "", @progbits

/*
 * Entry of a component
 *
 * Nothing is relocated yet, so the addresses that the first function needs are
 * taken relative to the instruction pointer. The frame pointer is zeroed to end
 * each backtrace.
 */

    .text
    .global _start
    .hidden _DYNAMIC
    .hidden __image_start

_start:
    xorl  %ebp, %ebp
    andq  $-16, %rsp
    leaq  __image_start(%rip), %rdi
    leaq  _DYNAMIC(%rip), %rsi
    call  ld_start
    ud2

    .section .note.GNU-stack, "", @progbits

/*
 * Libc::call_on_stack(void *top, void (*function)(void *), void *argument)
 */

    .text
    .global _ZN4Libc13call_on_stackEPvPFvS0_ES0_
    .type _ZN4Libc13call_on_stackEPvPFvS0_ES0_, @function

_ZN4Libc13call_on_stackEPvPFvS0_ES0_:
    pushq   %rbp
    movq    %rsp, %rbp          /* preserved by the function, and the way back */
    andq    $-16, %rdi
    movq    %rdi, %rsp
    movq    %rdx, %rdi
    call    *%rsi
    movq    %rbp, %rsp
    popq    %rbp
    ret

    .section .note.GNU-stack, "", @progbits

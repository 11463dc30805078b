/*
 * Jumps out of functions
 *
 * Kept is what a function has to preserve according to the "System V ABI, AMD64 Architecture
 * Processor Supplement": rbx, rbp, r12 to r15, the stack pointer, and how numbers are
 * rounded (MXCSR and the control word of the x87 FPU).
 */

    .text
    .global setjmp, longjmp
    .type setjmp, @function
    .type longjmp, @function

setjmp:
    movq    %rbx,   (%rdi)
    movq    %rbp,  8(%rdi)
    movq    %r12, 16(%rdi)
    movq    %r13, 24(%rdi)
    movq    %r14, 32(%rdi)
    movq    %r15, 40(%rdi)
    leaq    8(%rsp), %rax       /* as it will be after the return */
    movq    %rax, 48(%rdi)
    movq    (%rsp), %rax
    movq    %rax, 56(%rdi)
    stmxcsr 64(%rdi)
    fnstcw  68(%rdi)
    xorl    %eax, %eax
    ret

longjmp:
    movl    %esi, %eax
    testl   %eax, %eax
    jnz     1f
    incl    %eax                /* setjmp returns 0 the first time only */
1:
    movq      (%rdi), %rbx
    movq     8(%rdi), %rbp
    movq    16(%rdi), %r12
    movq    24(%rdi), %r13
    movq    32(%rdi), %r14
    movq    40(%rdi), %r15
    movq    48(%rdi), %rsp
    ldmxcsr 64(%rdi)
    fldcw   68(%rdi)
    jmpq    *56(%rdi)

    .section .note.GNU-stack, "", @progbits

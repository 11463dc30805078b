/*
 * Ways into the kernel and out of it
 *
 * A thread's registers are saved right into its 'Context' object: the
 * task-state segment lets the CPU push its frame at the object's end, the
 * code below pushes the remaining registers. The kernel itself runs on one
 * stack with interrupts off and keeps nothing on it between two entries.
 */

	.set CONTEXT_VECTOR,  15*8
	.set CONTEXT_CS,      18*8
	.set VECTOR_SYSCALL,  256

	.macro SAVE_REGISTERS
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.section .text

/*
 * One entry per vector, 16 bytes each. Where the CPU pushes no error code, a
 * zero takes its place.
 */
	.balign 16
	.global kernel_vectors
kernel_vectors:
	.set vector, 0
	.rept 256
	.balign 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	pushq $0
	.endif
	pushq $vector
	.if vector == 2 || vector == 8 || vector == 18
	jmp  entry_fatal
	.else
	jmp  entry_vector
	.endif
	.set vector, vector + 1
	.endr

entry_vector:
	SAVE_REGISTERS
	testb $3, CONTEXT_CS(%rsp)
	jz   entry_from_kernel
	movq %rsp, %rdi
	movq $kernel_stack_top, %rsp
	cld
	xorl %ebp, %ebp
	call kernel_enter
	ud2

	/* the kernel takes interrupts while it idles only, in 'kernel_idle' below */
entry_from_kernel:
	cmpq $32, CONTEXT_VECTOR(%rsp)
	jb   1f
	movq CONTEXT_VECTOR(%rsp), %rdi
	movq $kernel_stack_top, %rsp
	call kernel_wake
	ud2

entry_fatal:
	SAVE_REGISTERS
1:	movq %rsp, %rdi
	andq $-16, %rsp
	cld
	call kernel_exception
	ud2

/*
 * System call: 'rcx' holds the instruction pointer, 'r11' the flags
 */
	.global kernel_syscall
kernel_syscall:
	movq %rsp, syscall_user_stack
	movq kernel_context_end, %rsp
	pushq $0x1b
	pushq syscall_user_stack
	pushq %r11
	pushq $0x23
	pushq %rcx
	pushq $0
	pushq $VECTOR_SYSCALL
	SAVE_REGISTERS
	movq %rsp, %rdi
	movq $kernel_stack_top, %rsp
	xorl %ebp, %ebp
	call kernel_enter
	ud2

/*
 * kernel_leave(Context const *)
 */
	.global kernel_leave
kernel_leave:
	movq %rdi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp
	iretq

/*
 * kernel_idle(): sleep until an interrupt comes, which calls 'kernel_wake'
 */
	.global kernel_idle
kernel_idle:
	movq $kernel_stack_top, %rsp
	sti
1:	hlt
	jmp  1b

	.section .bss
	.balign 8
	.global kernel_context_end
kernel_context_end: .skip 8
syscall_user_stack: .skip 8

	.section .note.GNU-stack, "", @progbits

/*
 * From the boot loader into 64-bit C++ code
 *
 * The loader (QEMU or GRUB, multiboot 1) enters '_start' in 32-bit protected
 * mode without paging, 'eax' holding a magic value and 'ebx' the address of
 * its boot information. Provisional page tables map the first 4 GiB one to
 * one and at RAM_WINDOW, and the first GiB at KERNEL_BASE. The kernel replaces them by its
 * own, with proper rights, as soon as it knows the memory of the machine.
 */

	.set KERNEL_BASE,     0xffffffff80000000
	.set HEADER_MAGIC,    0x1badb002
	.set HEADER_FLAGS,    0x00010003     /* page-align, memory map, addresses */
	.set LOADER_MAGIC,    0x2badb002
	.set TABLE_FLAGS,     0x3            /* present, writable */
	.set LARGE_FLAGS,     0x83           /* present, writable, 2 MiB */
	.set TABLE_SIZE,      0x1000

	.section .multiboot, "a"
	.balign 8
multiboot_header:
	.long HEADER_MAGIC
	.long HEADER_FLAGS
	.long -(HEADER_MAGIC + HEADER_FLAGS)
	.long multiboot_header - KERNEL_BASE
	.long _image_phys_begin
	.long _image_phys_load_end
	.long _image_phys_end
	.long _image_entry

	.section .boot, "ax"
	.code32

	.global _start
_start:
	cli
	cld
	movl $(boot_stack_top - KERNEL_BASE), %esp
	movl %ebx, %ebp

	movl $(message_loader - KERNEL_BASE), %esi
	cmpl $LOADER_MAGIC, %eax
	jne  refuse

	/* the machine must know long mode (29), NX (20), and SYSCALL (11) */
	movl $(message_cpu - KERNEL_BASE), %esi
	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb   refuse
	movl $0x80000001, %eax
	cpuid
	andl $0x20100800, %edx
	cmpl $0x20100800, %edx
	jne  refuse

	/* top level: one to one, the kernel's windows onto RAM and image */
	movl $(boot_pml4 - KERNEL_BASE), %edi
	movl $(boot_pdpt_low - KERNEL_BASE + TABLE_FLAGS), (%edi)
	movl $(boot_pdpt_low - KERNEL_BASE + TABLE_FLAGS), 256*8(%edi)
	movl $(boot_pdpt_high - KERNEL_BASE + TABLE_FLAGS), 511*8(%edi)

	/* four directories for 4 GiB, the first one serves the kernel too */
	movl $(boot_pdpt_low - KERNEL_BASE), %edi
	movl $(boot_directories - KERNEL_BASE + TABLE_FLAGS), %eax
	movl %eax, boot_pdpt_high - KERNEL_BASE + 510*8
	movl $4, %ecx
1:	movl %eax, (%edi)
	addl $8, %edi
	addl $TABLE_SIZE, %eax
	loop 1b

	movl $(boot_directories - KERNEL_BASE), %edi
	movl $LARGE_FLAGS, %eax
	movl $(4*512), %ecx
2:	movl %eax, (%edi)
	addl $8, %edi
	addl $0x200000, %eax
	loop 2b

	/* CR4.PAE, EFER.(SCE, LME, NXE), CR0.(PG, WP, NE, ET, MP, PE), and nothing else */
	movl $0x20, %eax
	movl %eax, %cr4
	movl $(boot_pml4 - KERNEL_BASE), %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx
	rdmsr
	orl  $0x901, %eax
	wrmsr
	movl $0x80010033, %eax
	movl %eax, %cr0

	lgdt boot_gdt_pointer - KERNEL_BASE
	ljmp $0x8, $(boot_long - KERNEL_BASE)

	/* nothing works yet, so tell the reason on the serial line and stop */
refuse:
	lodsb
	testb %al, %al
	jz   4f
	movb %al, %ah
3:	movw $0x3fd, %dx
	inb  %dx, %al
	testb $0x20, %al
	jz   3b
	movw $0x3f8, %dx
	movb %ah, %al
	outb %al, %dx
	jmp  refuse
4:	cli
	hlt
	jmp  4b

	.code64
boot_long:
	movq $boot_high, %rax
	jmp  *%rax

	.section .text
boot_high:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	xorl %eax, %eax
	movw %ax, %fs
	movw %ax, %gs
	movq $kernel_stack_top, %rsp
	lgdt kernel_gdt_pointer
	movl %ebp, %edi
	xorl %ebp, %ebp
	call kernel_boot
	ud2

	.section .rodata
message_loader:
	.asciz "core: refusing to start, not loaded by a multiboot loader\n"
message_cpu:
	.asciz "core: refusing to start, CPU lacks long mode, NX, or SYSCALL\n"

	.section .data
	.balign 8
	.global kernel_gdt
kernel_gdt:
	.quad 0
	.quad 0x00af9b000000ffff             /* 0x08 kernel code */
	.quad 0x00cf93000000ffff             /* 0x10 kernel data */
	.quad 0x00cff3000000ffff             /* 0x18 user data */
	.quad 0x00affb000000ffff             /* 0x20 user code */
	.quad 0, 0                           /* 0x28 task-state segment */
kernel_gdt_end:

boot_gdt_pointer:
	.word kernel_gdt_end - kernel_gdt - 1
	.long kernel_gdt - KERNEL_BASE
	.long 0
kernel_gdt_pointer:
	.word kernel_gdt_end - kernel_gdt - 1
	.quad kernel_gdt

	.section .bss
	.balign TABLE_SIZE
boot_pml4:        .skip TABLE_SIZE
boot_pdpt_low:    .skip TABLE_SIZE
boot_pdpt_high:   .skip TABLE_SIZE
boot_directories: .skip 4*TABLE_SIZE

	/* the page below the stack stays unmapped, an overflow ends in a double fault */
	.global kernel_stack_guard, kernel_stack_top, kernel_ist_top
kernel_stack_guard: .skip TABLE_SIZE
	.skip 4*TABLE_SIZE
boot_stack_top:
kernel_stack_top:
	.skip TABLE_SIZE
kernel_ist_top:

	.section .note.GNU-stack, "", @progbits

/*
 * What GCC's unwinder wants to know about loaded objects, where no C library tells it.
 *
 * The unwinder of libgcc finds the unwind tables of an object through its program headers, for
 * which it asks `dl_iterate_phdr`. Which function answers is decided when a program is linked;
 * for compiling libgcc the declarations are enough. Names and layouts are those of the ELF
 * specification (gABI, chapter 5) and of dl_iterate_phdr(3).
 */

#ifndef GENODE_TOOL_CHAIN_LINK_H
#define GENODE_TOOL_CHAIN_LINK_H

#if __SIZEOF_POINTER__ == 8
#define ElfW(name) Elf64_##name
#else
#define ElfW(name) Elf32_##name
#endif

#define PT_NULL    0
#define PT_LOAD    1
#define PT_DYNAMIC 2
#define PT_INTERP  3
#define PT_NOTE    4
#define PT_PHDR    6
#define PT_TLS     7
#define PT_LOOS    0x60000000

#define DT_NULL    0
#define DT_PLTGOT  3

#ifdef __cplusplus
extern "C" {
#endif

typedef __UINT16_TYPE__ Elf32_Half;
typedef __UINT32_TYPE__ Elf32_Word;
typedef __INT32_TYPE__  Elf32_Sword;
typedef __UINT32_TYPE__ Elf32_Addr;
typedef __UINT32_TYPE__ Elf32_Off;

typedef __UINT16_TYPE__ Elf64_Half;
typedef __UINT32_TYPE__ Elf64_Word;
typedef __UINT64_TYPE__ Elf64_Xword;
typedef __INT64_TYPE__  Elf64_Sxword;
typedef __UINT64_TYPE__ Elf64_Addr;
typedef __UINT64_TYPE__ Elf64_Off;

typedef struct {
	Elf32_Word p_type;
	Elf32_Off  p_offset;
	Elf32_Addr p_vaddr;
	Elf32_Addr p_paddr;
	Elf32_Word p_filesz;
	Elf32_Word p_memsz;
	Elf32_Word p_flags;
	Elf32_Word p_align;
} Elf32_Phdr;

typedef struct {
	Elf64_Word  p_type;
	Elf64_Word  p_flags;
	Elf64_Off   p_offset;
	Elf64_Addr  p_vaddr;
	Elf64_Addr  p_paddr;
	Elf64_Xword p_filesz;
	Elf64_Xword p_memsz;
	Elf64_Xword p_align;
} Elf64_Phdr;

typedef struct {
	Elf32_Sword d_tag;
	union { Elf32_Word d_val; Elf32_Addr d_ptr; } d_un;
} Elf32_Dyn;

typedef struct {
	Elf64_Sxword d_tag;
	union { Elf64_Xword d_val; Elf64_Addr d_ptr; } d_un;
} Elf64_Dyn;

struct dl_phdr_info {
	ElfW(Addr)          dlpi_addr;
	const char         *dlpi_name;
	const ElfW(Phdr)   *dlpi_phdr;
	ElfW(Half)          dlpi_phnum;
	unsigned long long  dlpi_adds;
	unsigned long long  dlpi_subs;
};

int dl_iterate_phdr(int (*)(struct dl_phdr_info *, __SIZE_TYPE__, void *), void *);

#ifdef __cplusplus
}
#endif

#endif

/*
 * The parts of the ELF format that the dynamic linker deals with
 *
 * Names and numbers are those of the System V ABI, "Object Files" and
 * "Program Loading and Dynamic Linking", 64-bit variant.
 */

#pragma once

#include <base/types.h>

namespace Ld::Elf {

    using namespace Genode;

    struct Header
    {
        uint8_t  ident[16];
        uint16_t type, machine;
        uint32_t version;
        uint64_t entry, phoff, shoff;
        uint32_t flags;
        uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;

        static constexpr uint16_t EXEC = 2, DYN = 3;

        bool valid() const
        {
            /* 64 bit, little endian */
            return ident[0] == 0x7f && ident[1] == 'E' && ident[2] == 'L' && ident[3] == 'F'
                && ident[4] == 2 && ident[5] == 1
                && (type == EXEC || type == DYN)
                && phentsize == 56;
        }
    };

    struct Segment
    {
        uint32_t type, flags;
        uint64_t offset, vaddr, paddr, filesz, memsz, align;

        static constexpr uint32_t LOAD = 1, DYNAMIC = 2;

        bool executable() const { return flags & 1; }
        bool writeable()  const { return flags & 2; }
    };

    struct Dynamic
    {
        int64_t  tag;
        uint64_t value;

        static constexpr int64_t END = 0, NEEDED = 1, PLTRELSZ = 2, HASH = 4, STRTAB = 5,
                                 SYMTAB = 6, RELA = 7, RELASZ = 8, JMPREL = 23,
                                 INIT_ARRAY = 25, INIT_ARRAYSZ = 27;
    };

    struct Symbol
    {
        uint32_t name;
        uint8_t  info, other;
        uint16_t section;
        uint64_t value, size;

        bool defined() const { return section != 0; }
        bool weak()    const { return info >> 4 == 2; }
    };

    struct Rela
    {
        uint64_t offset, info;
        int64_t  addend;

        uint32_t type()   const { return uint32_t(info); }
        uint32_t symbol() const { return uint32_t(info >> 32); }
    };
}

/*
 * Executable and Linking Format, 64 bit (System V ABI, chapters 4 and 5)
 */

#pragma once

#include <types.h>

namespace Hw::Elf {

    enum : uint8_t  { CLASS_64 = 2, LITTLE_ENDIAN = 1 };
    enum : uint16_t { TYPE_DYN = 3, MACHINE_X86_64 = 62 };
    enum : uint32_t { LOAD = 1, EXECUTE = 1, WRITE = 2, READ = 4 };

    struct Header
    {
        char     magic[4];
        uint8_t  file_class, byte_order, version, padding[9];
        uint16_t type, machine;
        uint32_t file_version;
        uint64_t entry, segments_offset, sections_offset;
        uint32_t flags;
        uint16_t header_size, segment_size, num_segments;
        uint16_t section_size, num_sections, names_section;

        bool valid() const
        {
            return magic[0] == 0x7f && magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F'
                && file_class == CLASS_64 && byte_order == LITTLE_ENDIAN
                && type == TYPE_DYN && machine == MACHINE_X86_64;
        }
    };

    struct Segment
    {
        uint32_t type, flags;
        uint64_t offset, address, physical, file_size, memory_size, alignment;
    };

    static_assert(sizeof(Header) == 64 && sizeof(Segment) == 56);
}

/*
 * Information left by the boot loader (Multiboot Specification 0.6.96, section 3.3)
 */

#pragma once

#include <types.h>

namespace Hw::Multiboot {

    struct [[gnu::packed]] Info
    {
        enum Flags : uint32_t { MEMORY_MAP = 1u << 6 };

        uint32_t flags;
        uint32_t mem_lower, mem_upper, boot_device, command_line;
        uint32_t modules_count, modules;
        uint32_t symbols[4];
        uint32_t map_length, map;
    };

    struct [[gnu::packed]] Region
    {
        static constexpr uint32_t AVAILABLE = 1;

        uint32_t entry_size;   /* of what follows this member */
        uint64_t base, length;
        uint32_t type;
    };

    /*
     * Call 'fn' with each 'Range' of usable RAM
     *
     * The information is accessed via 'view', which returns a pointer for a
     * physical address.
     */
    template <typename FN, typename VIEW>
    bool for_each_ram_range(Info const &info, VIEW const &view, FN const &fn)
    {
        if (!(info.flags & Info::MEMORY_MAP))
            return false;

        uint32_t const end = info.map + info.map_length;

        for (uint32_t at = info.map; at + sizeof(Region) <= end; ) {
            Region const &region = *static_cast<Region const *>(view(at));

            if (region.type == Region::AVAILABLE)
                fn(Range { region.base, region.base + region.length });

            at += region.entry_size + uint32_t(sizeof(region.entry_size));
        }
        return true;
    }
}

/*
 * Basic types and constants of the kernel
 */

#pragma once

#include <base/result.h>
#include <base/types.h>

namespace Hw {

    using Genode::addr_t;
    using Genode::max;
    using Genode::min;
    using Genode::Noncopyable;
    using Genode::ok;
    using Genode::PAGE_SIZE;
    using Genode::Result;
    using Genode::size_t;
    using Genode::int64_t;
    using Genode::uint16_t;
    using Genode::uint32_t;
    using Genode::uint64_t;
    using Genode::uint8_t;

    constexpr size_t LARGE_PAGE_SIZE = 0x200000;

    /* the kernel's half of each address space: views of RAM, image, interrupt controller */
    constexpr addr_t RAM_WINDOW   = 0xffff800000000000;
    constexpr addr_t IMAGE_WINDOW = 0xffffffff80000000;
    constexpr addr_t LAPIC_WINDOW = 0xffffffffc0000000;

    /* what a component may use, null pointers with some offset stay invalid */
    constexpr addr_t USER_BEGIN = 0x0000000000010000;
    constexpr addr_t USER_END   = 0x00007ffffffff000;

    /* where mappings go whose place is up to the kernel */
    constexpr addr_t USER_CHOICE_BEGIN = 0x50000000;

    constexpr addr_t page_down(addr_t a) { return a & ~addr_t(PAGE_SIZE - 1); }
    constexpr addr_t page_up(addr_t a)   { return page_down(a + PAGE_SIZE - 1); }
    constexpr bool   at_page(addr_t a)   { return (a & (PAGE_SIZE - 1)) == 0; }

    /*
     * Half-open range of addresses
     */
    struct Range
    {
        addr_t begin, end;

        size_t size() const { return end > begin ? end - begin : 0; }

        bool contains(addr_t a) const { return a >= begin && a < end; }
    };
}

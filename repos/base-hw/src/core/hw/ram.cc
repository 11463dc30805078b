/*
 * Allocator of physical pages
 *
 * Fresh pages are taken from the regions one after the other, so memory that
 * nobody needs is never touched. Pages given back form a list through their
 * own first word.
 */

#include <ram.h>

using namespace Hw;

namespace {

    constexpr unsigned MAX_REGIONS = 32;

    constinit Hw::Range  regions[MAX_REGIONS] { };
    constinit unsigned   num_regions    = 0;
    constinit unsigned   current_region = 0;
    constinit Hw::addr_t free_list      = 0;
    constinit Hw::size_t free_bytes     = 0;
}


void Hw::Ram::add(Range phys)
{
    Range const pages { page_up(phys.begin), page_down(phys.end) };

    if (!pages.size() || num_regions == MAX_REGIONS)
        return;

    regions[num_regions++] = pages;
    free_bytes += pages.size();
}


Hw::addr_t Hw::Ram::alloc()
{
    addr_t phys = free_list;

    if (phys) {
        free_list = *kernel_view<addr_t>(phys);
    } else {
        while (current_region < num_regions && !regions[current_region].size())
            current_region++;

        if (current_region == num_regions)
            return 0;

        phys = regions[current_region].begin;
        regions[current_region].begin += PAGE_SIZE;
    }

    __builtin_memset(kernel_view(phys), 0, PAGE_SIZE);
    free_bytes -= PAGE_SIZE;
    return phys;
}


void Hw::Ram::free(addr_t phys)
{
    *kernel_view<addr_t>(phys) = free_list;
    free_list  = phys;
    free_bytes += PAGE_SIZE;
}


size_t Hw::Ram::avail() { return free_bytes; }

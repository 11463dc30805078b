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

    constinit Range  regions[MAX_REGIONS] { };
    constinit unsigned   num_regions    = 0;
    constinit unsigned   current_region = 0;
    constinit addr_t free_list      = 0;
    constinit size_t free_pages     = 0;
    constinit size_t reserved_pages = 0;

    addr_t take_page()
    {
        addr_t phys = free_list;

        if (phys) {
            free_list = *kernel_view<addr_t>(phys);
        } else {
            while (!regions[current_region].size())
                current_region++;

            phys = regions[current_region].begin;
            regions[current_region].begin += PAGE_SIZE;
        }

        __builtin_memset(kernel_view(phys), 0, PAGE_SIZE);
        free_pages--;
        return phys;
    }
}


void Ram::add(Range phys)
{
    Range const pages { page_up(phys.begin), page_down(phys.end) };

    if (!pages.size() || num_regions == MAX_REGIONS)
        return;

    regions[num_regions++] = pages;
    free_pages += pages.size()/PAGE_SIZE;
}


addr_t Ram::alloc() { return free_pages > reserved_pages ? take_page() : 0; }


void Ram::free(addr_t phys)
{
    *kernel_view<addr_t>(phys) = free_list;
    free_list = phys;
    free_pages++;
}


bool Ram::reserve(size_t pages)
{
    if (pages > free_pages - reserved_pages)
        return false;

    reserved_pages += pages;
    return true;
}


addr_t Ram::alloc_reserved()
{
    if (!reserved_pages)
        return 0;

    reserved_pages--;
    return take_page();
}


void Ram::unreserve(size_t pages) { reserved_pages -= min(pages, reserved_pages); }

size_t Ram::avail() { return (free_pages - reserved_pages)*PAGE_SIZE; }

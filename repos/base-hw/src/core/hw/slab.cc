/*
 * Memory for small kernel objects
 *
 * Each page has a header followed by slots. Pages with free slots are kept in
 * a list. A page without any used slot goes back to the page allocator.
 */

#include <slab.h>
#include <util/list.h>

using namespace Hw;

namespace {

    struct Slot { Slot *next; };

    struct Slab_page
    {
        addr_t const phys;

        Genode::List<Slab_page>::Element element { *this };

        Slot    *free = nullptr;
        unsigned used = 0;

        explicit Slab_page(addr_t phys);
    };

    static_assert(sizeof(Slab_page) <= Slab::HEADER_SIZE);

    constinit Genode::List<Slab_page> usable { };

    Slab_page::Slab_page(addr_t phys) : phys(phys)
    {
        char * const begin = reinterpret_cast<char *>(this);

        for (size_t i = 0; i < Slab::SLOTS_PER_PAGE; i++) {
            Slot * const slot = reinterpret_cast<Slot *>(begin + Slab::HEADER_SIZE
                                                               + i*Slab::SLOT_SIZE);
            slot->next = free;
            free = slot;
        }
    }
}


void *Slab::alloc()
{
    Slab_page *page = usable.first();

    if (!page) {
        addr_t const phys = Ram::alloc();
        if (!phys)
            return nullptr;

        page = new (kernel_view(phys)) Slab_page(phys);
        usable.append(page->element);
    }

    Slot * const slot = page->free;

    page->free = slot->next;
    page->used++;

    if (!page->free)
        usable.remove(page->element);

    return slot;
}


void Slab::free(void *at)
{
    Slab_page &page = *reinterpret_cast<Slab_page *>(page_down(addr_t(at)));
    Slot      &slot = *static_cast<Slot *>(at);

    if (!page.free)
        usable.append(page.element);

    slot.next = page.free;
    page.free = &slot;

    if (--page.used)
        return;

    addr_t const phys = page.phys;
    page.~Slab_page();
    Ram::free(phys);
}

/*
 * Page tables of the x86-64 architecture
 */

#include <console.h>
#include <cpu.h>
#include <page_table.h>

using namespace Hw;

extern "C" uint8_t kernel_stack_guard[];

namespace {

    constexpr uint64_t PRESENT    = 1u << 0,
                       WRITEABLE  = 1u << 1,
                       USER       = 1u << 2,
                       UNCACHED   = 1u << 3 | 1u << 4,
                       LARGE      = 1u << 7,
                       GLOBAL     = 1u << 8,
                       NO_EXECUTE = 1ull << 63;

    constexpr uint64_t ADDRESS_MASK = 0x000ffffffffff000;
    constexpr unsigned ENTRIES = 512, FIRST_KERNEL_ENTRY = 256;

    /* level 4 is the root, level 1 holds the leaves */
    constexpr unsigned ROOT_LEVEL = 4, LARGE_LEVEL = 2, LEAF_LEVEL = 1;

    constinit addr_t kernel_root = 0;

    unsigned index(addr_t va, unsigned level) {
        return unsigned(va >> (12 + 9*(level - 1))) & (ENTRIES - 1); }

    uint64_t *table(addr_t phys) { return kernel_view<uint64_t>(phys); }

    /*
     * Descend to the entry of 'va' at 'level'
     *
     * Missing tables are made from pages that 'alloc' returns (0: none left).
     *
     * \return nullptr if a table is missing
     */
    template <typename ALLOC>
    uint64_t *descend(addr_t root, addr_t va, unsigned level, uint64_t flags, ALLOC const &alloc)
    {
        uint64_t *entries = table(root);

        for (unsigned l = ROOT_LEVEL; l > level; l--) {

            uint64_t &entry = entries[index(va, l)];

            if (!(entry & PRESENT)) {
                addr_t const phys = alloc();
                if (!phys)
                    return nullptr;
                entry = phys | flags;
            }
            entries = table(entry & ADDRESS_MASK);
        }
        return &entries[index(va, level)];
    }

    uint64_t *existing_leaf(addr_t root, addr_t va)
    {
        return descend(root, va, LEAF_LEVEL, 0, [] { return addr_t(0); });
    }

    void map_kernel(addr_t va, addr_t phys, size_t size, uint64_t flags)
    {
        auto alloc = [] {
            addr_t const page = Ram::alloc();
            if (!page)
                panic("no memory for the kernel's page tables");
            return page;
        };

        while (size) {
            bool const large = ((va | phys) & (LARGE_PAGE_SIZE - 1)) == 0
                            && size >= LARGE_PAGE_SIZE;

            uint64_t * const entry = descend(kernel_root, va, large ? LARGE_LEVEL : LEAF_LEVEL,
                                             PRESENT | WRITEABLE, alloc);

            *entry = phys | flags | PRESENT | GLOBAL | (large ? LARGE : 0);

            size_t const step = large ? LARGE_PAGE_SIZE : PAGE_SIZE;
            va += step, phys += step, size -= step;
        }
    }

    void map_image(void *begin, void *end, uint64_t flags)
    {
        map_kernel(addr_t(begin), addr_t(begin) - IMAGE_WINDOW,
                   size_t(addr_t(end) - addr_t(begin)), flags);
    }

    void free_tables(addr_t phys, unsigned level, unsigned count, Account &account)
    {
        for (unsigned i = 0; level > LEAF_LEVEL && i < count; i++)
            if (table(phys)[i] & PRESENT)
                free_tables(table(phys)[i] & ADDRESS_MASK, level - 1, ENTRIES, account);

        account.free_page(phys);
    }
}


void Page_table::init_kernel(Range const *ram, unsigned count, addr_t lapic)
{
    kernel_root = Ram::alloc();
    if (!kernel_root)
        panic("no usable RAM");

    map_image(_image_begin,  _image_rodata, 0);
    map_image(_image_rodata, _image_data,   NO_EXECUTE);
    map_image(_image_data,   kernel_stack_guard, NO_EXECUTE | WRITEABLE);
    map_image(kernel_stack_guard + PAGE_SIZE, _image_end, NO_EXECUTE | WRITEABLE);

    map_kernel(LAPIC_WINDOW, lapic, PAGE_SIZE, NO_EXECUTE | WRITEABLE | UNCACHED);

    for (unsigned i = 0; i < count; i++)
        map_kernel(RAM_WINDOW + ram[i].begin, ram[i].begin, ram[i].size(),
                   NO_EXECUTE | WRITEABLE);
}


void Page_table::activate_kernel() { write_cr3(kernel_root); }


bool Page_table::construct(Account &account)
{
    _root = account.alloc_page();
    if (!_root)
        return false;

    for (unsigned i = FIRST_KERNEL_ENTRY; i < ENTRIES; i++)
        table(_root)[i] = table(kernel_root)[i];

    return true;
}


void Page_table::destruct(Account &account)
{
    if (_root)
        free_tables(_root, ROOT_LEVEL, FIRST_KERNEL_ENTRY, account);
    _root = 0;
}


void Page_table::activate() const { write_cr3(_root); }


bool Page_table::prepare(Account &account, Range user)
{
    auto alloc = [&] { return account.alloc_page(); };

    /* a leaf table covers as much as one large page */
    for (addr_t va = user.begin & ~(LARGE_PAGE_SIZE - 1); va < user.end; va += LARGE_PAGE_SIZE)
        if (!descend(_root, va, LEAF_LEVEL, PRESENT | WRITEABLE | USER, alloc))
            return false;

    return true;
}


void Page_table::map(addr_t va, addr_t phys, Rights rights)
{
    uint64_t * const entry = existing_leaf(_root, va);
    if (!entry)
        return;

    *entry = phys | PRESENT | USER | (rights == Rights::WRITE   ? WRITEABLE : 0)
                                   | (rights == Rights::EXECUTE ? 0 : NO_EXECUTE);
}


void Page_table::unmap(Range user)
{
    for (addr_t va = user.begin; va < user.end; va += PAGE_SIZE) {
        uint64_t * const entry = existing_leaf(_root, va);
        if (!entry || !*entry)
            continue;

        *entry = 0;
        if (read_cr3() == _root)
            invalidate_page(va);
    }
}


addr_t Page_table::lookup(addr_t va, bool write) const
{
    uint64_t const * const entry = existing_leaf(_root, va);

    if (!entry || !(*entry & PRESENT) || (write && !(*entry & WRITEABLE)))
        return 0;

    return (*entry & ADDRESS_MASK) | (va & (PAGE_SIZE - 1));
}

/*
 * Memory that can be attached to address spaces
 */

#include <dataspace.h>
#include <pd.h>
#include <slab.h>

using namespace Hw;

namespace {

    /*
     * A RAM dataspace of one page refers to it directly. One of up to 512 pages has
     * a table of them, a larger one has a table of tables.
     */
    constexpr size_t ENTRIES = PAGE_SIZE/sizeof(addr_t);

    size_t num_tables(size_t pages)
    {
        size_t const leaves = (pages + ENTRIES - 1)/ENTRIES;
        return pages == 1 ? 0 : leaves + (leaves > 1 ? 1 : 0);
    }

    void free_present(addr_t &entry)
    {
        if (entry)
            Ram::free(entry);
        entry = 0;
    }

    addr_t *table(addr_t phys) { return kernel_view<addr_t>(phys); }

    void free_table(addr_t phys)
    {
        if (!phys)
            return;
        for (size_t i = 0; i < ENTRIES; i++)
            free_present(table(phys)[i]);
    }
}


Dataspace *Dataspace::create_rom(addr_t phys, size_t pages) {
    return Slab::create<Dataspace>(Backing::ROM, pages, phys); }


Dataspace::Created Dataspace::create_ram(Pd &owner, size_t bytes)
{
    if (!bytes)
        return { Result::BAD_ARGUMENT, { } };

    if (bytes > MAX_PAGES*PAGE_SIZE)
        return { Result::OUT_OF_RAM, { } };

    size_t const pages = page_up(bytes)/PAGE_SIZE;
    size_t const total = pages + num_tables(pages);

    if (!owner.account.withdraw(total*PAGE_SIZE))
        return { Result::OUT_OF_RAM, { } };

    bool        const reserved = Ram::reserve(total);
    Dataspace * const ds       = reserved ? Slab::create<Dataspace>(Backing::RAM, pages, addr_t(0))
                                          : nullptr;
    if (!ds) {
        Ram::unreserve(reserved ? total : 0);
        owner.account.replenish(total*PAGE_SIZE);
        return { Result::OUT_OF_RAM, { } };
    }

    ds->_reserved = total;
    ds->_owner = ds->_payer = &owner;
    ds->acquire();
    owner.dataspaces.append(ds->_element);

    return { Result::OK, ds };
}


void Dataspace::_free_pages()
{
    if (_pages > ENTRIES && _phys)
        for (size_t i = 0; i < ENTRIES; i++)
            free_table(table(_phys)[i]);

    if (_pages > 1)
        free_table(_phys);

    free_present(_phys);

    Ram::unreserve(_reserved);
    _reserved = 0;

    _payer->account.replenish((_pages + num_tables(_pages))*PAGE_SIZE);
    _payer->dataspaces.remove(_element);
    _payer = nullptr;
}


void Dataspace::_free() { Slab::destroy(*this); }


void Dataspace::revoke()
{
    if (!_owner)
        return;

    _owner = nullptr;

    if (!_attachments)
        _free_pages();

    release();
}


void Dataspace::transfer(Pd &payer)
{
    _payer->dataspaces.remove(_element);
    _payer = &payer;
    _payer->dataspaces.append(_element);
}


void Dataspace::detached()
{
    _attachments--;

    if (!rom() && !_owner && !_attachments)
        _free_pages();
}


addr_t Dataspace::_present(addr_t &entry)
{
    if (!entry) {
        entry = Ram::alloc_reserved();
        _reserved--;
    }
    return entry;
}


addr_t Dataspace::page(size_t index)
{
    if (rom())
        return _phys + index*PAGE_SIZE;

    addr_t *entry = &_phys;

    if (_pages > ENTRIES)
        entry = &table(_present(*entry))[index/ENTRIES];

    if (_pages > 1)
        entry = &table(_present(*entry))[index%ENTRIES];

    return _present(*entry);
}


namespace {

    /* call 'fn(memory, size)' for each part of a range that lies within one page */
    void for_each_part(Dataspace &ds, size_t offset, size_t size, auto const &fn)
    {
        while (size) {
            size_t const in_page = offset & (PAGE_SIZE - 1);
            size_t const part    = min(size, PAGE_SIZE - in_page);

            fn(kernel_view<char>(ds.page(offset/PAGE_SIZE)) + in_page, part);

            offset += part, size -= part;
        }
    }
}


void Dataspace::read(size_t offset, void *dst, size_t size)
{
    char *to = static_cast<char *>(dst);

    for_each_part(*this, offset, size, [&] (char *memory, size_t part) {
        __builtin_memcpy(to, memory, part);
        to += part;
    });
}


void Dataspace::write(size_t offset, void const *src, size_t size)
{
    char const *from = static_cast<char const *>(src);

    for_each_part(*this, offset, size, [&] (char *memory, size_t part) {
        __builtin_memcpy(memory, from, part);
        from += part;
    });
}

/*
 * Address space of a component
 */

#include <address_space.h>
#include <slab.h>

using namespace Hw;

namespace {

    /* a mapping may be the last to hold its dataspace, so it pays for both */
    constexpr size_t MAPPING_COST = 2*Slab::SLOT_COST;
}


Mapping *Address_space::_find(addr_t va)
{
    for (Mapping *m = _mappings; m && m->range.begin <= va; m = m->next)
        if (m->range.contains(va))
            return m;

    return nullptr;
}


Mapping **Address_space::_vacant(Range range)
{
    Mapping **link = &_mappings;

    while (*link && (*link)->range.end <= range.begin)
        link = &(*link)->next;

    return (*link && (*link)->range.begin < range.end) ? nullptr : link;
}


Result Address_space::attach(Dataspace &ds, Rights rights, size_t offset, size_t size,
                             Range &range)
{
    if (!ds.usable())
        return Result::INVALID_CAP;

    if (ds.rom() && rights == Rights::WRITE)
        return Result::DENIED;

    if (!at_page(offset) || !at_page(range.begin) || offset >= ds.size())
        return Result::BAD_ARGUMENT;

    if (!size)
        size = ds.size() - offset;

    if (size > ds.size() - offset)
        return Result::BAD_ARGUMENT;

    size = page_up(size);

    if (range.begin) {

        if (range.begin < USER_BEGIN || range.begin >= USER_END
         || size > USER_END - range.begin)
            return Result::BAD_ARGUMENT;

    } else {

        /* first gap that is large enough */
        range.begin = USER_CHOICE_BEGIN;
        for (Mapping *m = _mappings; m && m->range.begin < range.begin + size; m = m->next)
            range.begin = max(range.begin, m->range.end);

        if (range.begin >= USER_END || size > USER_END - range.begin)
            return Result::OUT_OF_RAM;
    }

    range.end = range.begin + size;

    Mapping ** const link = _vacant(range);
    if (!link)
        return Result::BAD_ARGUMENT;

    if (!_table.prepare(_account, range) || !_account.withdraw(MAPPING_COST))
        return Result::OUT_OF_RAM;

    Mapping * const mapping = Slab::create<Mapping>(*link, range, ds, offset, rights);
    if (!mapping) {
        _account.replenish(MAPPING_COST);
        return Result::OUT_OF_RAM;
    }

    *link = mapping;
    return Result::OK;
}


void Address_space::detach(addr_t at)
{
    for (Mapping **link = &_mappings; *link; link = &(*link)->next) {

        Mapping &mapping = **link;

        if (mapping.range.begin != at)
            continue;

        *link = mapping.next;
        _table.unmap(mapping.range);
        Slab::destroy(mapping);
        _account.replenish(MAPPING_COST);
        return;
    }
}


void Address_space::destruct()
{
    while (Mapping * const mapping = _mappings) {
        _mappings = mapping->next;
        Slab::destroy(*mapping);
        _account.replenish(MAPPING_COST);
    }
    _table.destruct(_account);
}


bool Address_space::resolve(addr_t va, Rights access)
{
    Mapping * const mapping = _find(va);

    if (!mapping || (access != Rights::READ && access != mapping->rights))
        return false;

    addr_t const page = page_down(va);
    size_t const index = (page - mapping->range.begin + mapping->offset)/PAGE_SIZE;

    _table.map(page, mapping->ds->page(index), mapping->rights);
    return true;
}


Address_space::Access Address_space::_copy(addr_t va, size_t size, Rights access, auto const &fn)
{
    while (size) {

        /* the kernel's half is not the component's to name */
        if (va < USER_BEGIN || va >= USER_END)
            return { .ok = false, .fault = va };

        addr_t phys = _table.lookup(va, access == Rights::WRITE);

        if (!phys && resolve(va, access))
            phys = _table.lookup(va, access == Rights::WRITE);

        if (!phys)
            return { .ok = false, .fault = va };

        size_t const part = min(size, PAGE_SIZE - (va & (PAGE_SIZE - 1)));

        fn(kernel_view<char>(phys), part);

        va += part, size -= part;
    }
    return { .ok = true, .fault = 0 };
}


Address_space::Access Address_space::copy_in(void *dst, addr_t src, size_t size)
{
    char *to = static_cast<char *>(dst);

    return _copy(src, size, Rights::READ, [&] (char const *from, size_t part) {
        __builtin_memcpy(to, from, part);
        to += part;
    });
}


Address_space::Access Address_space::copy_out(addr_t dst, void const *src, size_t size)
{
    char const *from = static_cast<char const *>(src);

    return _copy(dst, size, Rights::WRITE, [&] (char *to, size_t part) {
        __builtin_memcpy(to, from, part);
        from += part;
    });
}

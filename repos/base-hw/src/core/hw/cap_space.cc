/*
 * Capability space of a component
 */

#include <cap_space.h>
#include <slab.h>

using namespace Hw;


Result Cap_space::_insert_at(unsigned i, Object &object)
{
    addr_t &table = _tables[i/SLOTS_PER_TABLE];

    if (!table)
        table = _account.alloc_page();

    if (!table || !_account.withdraw(Slab::SLOT_COST))
        return Result::OUT_OF_RAM;

    object.acquire();
    _slot(i) = Slot(&object);
    return Result::OK;
}


Result Cap_space::insert(Object &object, Cap &out)
{
    if (!_free && _fresh == MAX_TABLES*SLOTS_PER_TABLE)
        return Result::OUT_OF_CAPS;

    unsigned const i    = _free ? _free : _fresh;
    unsigned const next = _free ? unsigned(_slot(i) >> 1) : 0;

    Result const result = _insert_at(i, object);
    if (!ok(result))
        return result;

    if (_free)
        _free = next;
    else
        _fresh++;

    out = Cap(i);
    return Result::OK;
}


Object *Cap_space::lookup(Cap cap)
{
    unsigned const i = unsigned(cap);

    if (i >= _fresh || !_tables[i/SLOTS_PER_TABLE] || !_object_at(i))
        return nullptr;

    return reinterpret_cast<Object *>(_slot(i));
}


void Cap_space::remove(Cap cap)
{
    unsigned const i = unsigned(cap);
    Object * const object = lookup(cap);

    if (!object || i < FIRST_FREE)
        return;

    _slot(i) = Slot(_free) << 1 | 1;
    _free = i;

    _account.replenish(Slab::SLOT_COST);
    object->release();
}


void Cap_space::destruct()
{
    for (unsigned i = 0; i < _fresh; i++) {

        Object * const object = lookup(Cap(i));
        if (!object)
            continue;

        _slot(i) = 0;
        _account.replenish(Slab::SLOT_COST);
        object->release();
    }

    for (addr_t &table : _tables) {
        if (table)
            _account.free_page(table);
        table = 0;
    }

    _fresh = FIRST_FREE;
    _free  = 0;
}

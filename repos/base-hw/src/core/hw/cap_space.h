/*
 * Capability space of a component
 */

#pragma once

#include <object.h>
#include <ram.h>

namespace Hw { class Cap_space; }


/*
 * Table of references to objects, indexed by the component's names for them
 *
 * The table grows page by page. Besides the pages, each used slot is charged
 * with the size of a kernel object, because the slot may be what keeps the object
 * in memory. So no component can make the kernel run out of memory by means of
 * objects or capabilities.
 */
class Hw::Cap_space : Noncopyable
{
    private:

        static constexpr unsigned MAX_TABLES = 32,
                                  SLOTS_PER_TABLE = PAGE_SIZE/sizeof(Object *),
                                  FIRST_FREE = unsigned(Cap::PROGRAM) + 1;

        /* pointer to an object, or, with the lowest bit set, index of next free slot */
        using Slot = uint64_t;

        Account  &_account;
        addr_t    _tables[MAX_TABLES] { };
        unsigned  _fresh = FIRST_FREE;      /* slots from here on were never used */
        unsigned  _free  = 0;               /* first of the free slots below, 0 if none */

        Slot &_slot(unsigned i) {
            return kernel_view<Slot>(_tables[i/SLOTS_PER_TABLE])[i%SLOTS_PER_TABLE]; }

        bool _object_at(unsigned i) { return _slot(i) && !(_slot(i) & 1); }

        Result _insert_at(unsigned, Object &);

    public:

        explicit Cap_space(Account &account) : _account(account) { }

        void destruct();

        /* \return OUT_OF_RAM or OUT_OF_CAPS if there is no room */
        Result insert(Object &, Cap &out);

        /* set one of the named capabilities */
        Result insert_named(Cap at, Object &object) { return _insert_at(unsigned(at), object); }

        /* \return nullptr if the component has no such capability */
        Object *lookup(Cap);

        /* forget a capability, except for the named ones */
        void remove(Cap);
};

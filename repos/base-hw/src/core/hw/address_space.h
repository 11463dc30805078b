/*
 * Address space of a component
 */

#pragma once

#include <dataspace.h>
#include <page_table.h>

namespace Hw {

    struct Mapping;
    class Address_space;
}


/*
 * Range of addresses where a part of a dataspace can be accessed
 */
struct Hw::Mapping : Noncopyable
{
    Mapping       *next;
    Range    const range;
    Ref<Dataspace> const ds;
    size_t   const offset;
    Rights   const rights;

    Mapping(Mapping *next, Range range, Dataspace &ds, size_t offset, Rights rights)
    : next(next), range(range), ds(&ds), offset(offset), rights(rights) { ds.attached(); }

    ~Mapping() { ds->detached(); }
};


/*
 * Pages enter the page table when they are first used. The tables for them are
 * made by 'attach' already, so a page fault never needs quota.
 */
class Hw::Address_space : Noncopyable
{
    private:

        Account   &_account;
        Page_table _table { };
        Mapping   *_mappings = nullptr;   /* sorted by address */

        Mapping *_find(addr_t);

        /* \return link to follow to insert the range, or nullptr if it is in use */
        Mapping **_vacant(Range);

    public:

        struct Access
        {
            bool   ok;
            addr_t fault;   /* what cannot be accessed */
        };

        explicit Address_space(Account &account) : _account(account) { }

        /* \return false if the account does not suffice */
        bool construct() { return _table.construct(_account); }

        /* remove all mappings, and free all tables */
        void destruct();

        void activate() const { _table.activate(); }

        /*
         * Map part of a dataspace
         *
         * \param size   bytes, 0 for all that follows 'offset'
         * \param range  in: place if 'begin' is not 0, out: mapped range
         *
         * \return OK, OUT_OF_RAM, BAD_ARGUMENT, DENIED, or INVALID_CAP
         */
        Result attach(Dataspace &, Rights, size_t offset, size_t size, Range &range);

        /* remove the mapping that starts at the given address */
        void detach(addr_t);

        /*
         * Make the page at an address accessible
         *
         * \return false if the component must not access it that way
         */
        bool resolve(addr_t, Rights access);

        /*
         * Copy from or to the component, as if it had accessed the memory itself
         */
        Access copy_in (void *dst, addr_t src, size_t);
        Access copy_out(addr_t dst, void const *src, size_t);

    private:

        Access _copy(addr_t, size_t, Rights, auto const &fn);
};

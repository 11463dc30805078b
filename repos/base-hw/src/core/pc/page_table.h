/*
 * Page tables of the x86-64 architecture, four levels, 4 KiB pages
 */

#pragma once

#include <ram.h>

namespace Hw {

    /* no page is writeable and executable at a time */
    enum class Rights { READ, WRITE, EXECUTE };

    class Page_table;
}


/*
 * Address space of a component, the kernel's half included
 *
 * Addresses handed to the methods must be page-aligned and within the user
 * range, unless stated otherwise.
 */
class Hw::Page_table : Noncopyable
{
    private:

        addr_t _root = 0;

    public:

        /*
         * Make the kernel's own table, once at boot time
         *
         * The memory for it comes from 'Ram' and must be accessible at the RAM
         * window through the tables in force.
         */
        static void init_kernel(Range const *ram, unsigned count, addr_t lapic);

        /* activate the kernel's own table, which has no component in it */
        static void activate_kernel();

        /* \return false if the account does not suffice */
        bool construct(Account &);

        /* free all tables, not the pages that they map */
        void destruct(Account &);

        void activate() const;

        /*
         * Make the tables that 'map' needs for a range
         *
         * They stay until 'destruct', ready for later use of the range.
         *
         * \return false if the account does not suffice
         */
        bool prepare(Account &, Range user);

        /* map one page of a prepared range */
        void map(addr_t va, addr_t phys, Rights);

        /* remove all pages from a range, absent ones are skipped */
        void unmap(Range user);

        /*
         * Physical address of what the component sees at 'va' (any alignment)
         *
         * \return 0 if there is no page, or a read-only one to be written
         */
        addr_t lookup(addr_t va, bool write) const;
};

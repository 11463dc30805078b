/*
 * Program or shared library in memory
 */

#pragma once

#include <base/platform.h>
#include <util/string.h>
#include <elf.h>

namespace Ld {

    using namespace Genode;

    class Image;

    /* all objects, in the order in which symbols are looked up */
    class Scope;
}


class Ld::Image
{
    private:

        /* tables that the dynamic section refers to */
        struct Tables
        {
            char const        *strings    = nullptr;
            Elf::Symbol const *symbols    = nullptr;
            uint32_t const    *hash       = nullptr;
            Elf::Rela const   *rela       = nullptr;
            Elf::Rela const   *plt_rela   = nullptr;
            size_t             num_rela   = 0, num_plt_rela = 0;
            addr_t const      *init_array = nullptr;
            size_t             num_init   = 0;
        };

        addr_t              _bias    = 0;
        addr_t              _entry   = 0;
        addr_t              _end     = 0;
        Elf::Dynamic const *_dynamic = nullptr;
        Tables              _tables { };
        bool                _constructed = false;

        void _read_dynamic(addr_t addr);
        void _map_segment(Elf::Segment const &, Cap file, char const *content);
        void _relocate(Elf::Rela const &, Scope const &) const;

    public:

        String<64> name { };

        Image() { }

        /* object that is in memory already, i.e., the dynamic linker itself */
        Image(Text name, addr_t image, addr_t dynamic);

        /*
         * Map the file's segments, the lowest one to 'at' if the object is a
         * library, a program goes where it is linked to
         *
         * Any problem is reported and ends the component.
         */
        void load(Text name, Cap file, addr_t at);

        addr_t entry() const { return _entry; }
        addr_t end()   const { return _end; }

        /* call 'fn' with the name of each library that the object needs */
        void for_each_needed(auto const &fn) const
        {
            for (Elf::Dynamic const *d = _dynamic; d && d->tag != Elf::Dynamic::END; d++)
                if (d->tag == Elf::Dynamic::NEEDED)
                    fn(_tables.strings + d->value);
        }

        /* address of a symbol that the object defines, 0 if it does not */
        addr_t lookup(char const *symbol) const;

        void relocate(Scope const &) const;

        /* construct the static objects, those of the needed libraries first */
        void construct_statics(Scope &);
};


class Ld::Scope
{
    private:

        static constexpr unsigned MAX = 16;

        Image   _images[MAX];
        unsigned _count = 0;

    public:

        unsigned count() const { return _count; }

        Image       &at(unsigned i)       { return _images[i]; }
        Image const &at(unsigned i) const { return _images[i]; }

        /* new, empty object at the end, null if there are too many */
        Image *add() { return _count < MAX ? &_images[_count++] : nullptr; }

        Image *find(Text name)
        {
            for (unsigned i = 0; i < _count; i++)
                if (_images[i].name == name)
                    return &_images[i];
            return nullptr;
        }

        addr_t lookup(char const *symbol) const
        {
            for (unsigned i = 0; i < _count; i++)
                if (addr_t const addr = _images[i].lookup(symbol))
                    return addr;
            return 0;
        }
};

/*
 * Memory that can be attached to address spaces
 */

#pragma once

#include <object.h>
#include <util/list.h>

/*
 * A ROM dataspace is a part of the boot image. The pages of a RAM dataspace are
 * charged and reserved when it is created, but taken and cleared at their first
 * use.
 *
 * A RAM dataspace belongs to the component that created it until that component
 * frees it or ends. Its memory stays, and stays charged, as long as the
 * dataspace is attached anywhere.
 */
class Hw::Dataspace : public Object
{
    public:

        enum class Backing : uint32_t { ROM, RAM };

        using Element = Genode::List<Dataspace>::Element;

        /* largest RAM dataspace, limited by the table of pages */
        static constexpr size_t MAX_PAGES = 512*512;

    private:

        Backing const _backing;
        uint32_t      _attachments = 0;
        size_t  const _pages;
        size_t        _reserved = 0;      /* pages, with those for tables, that were not used yet */
        addr_t        _phys;              /* ROM: first page, RAM: page or table of pages */
        Pd           *_owner = nullptr;   /* component that may free it */
        Pd           *_payer = nullptr;   /* component whose account is charged */
        Element       _element { *this };

        void _free() override;
        void _free_pages();

        addr_t _present(addr_t &entry);

    public:

        Dataspace(Backing backing, size_t pages, addr_t phys)
        : Object(Type::DATASPACE), _backing(backing), _pages(pages), _phys(phys) { }

        /*
         * Create dataspace for a boot module, at boot time
         *
         * \return nullptr if RAM is exhausted
         */
        static Dataspace *create_rom(addr_t phys, size_t pages);

        struct Created { Result result; Ref<Dataspace> ds; };

        /*
         * Create a RAM dataspace that belongs to 'owner' and is charged to it
         */
        static Created create_ram(Pd &owner, size_t bytes);

        size_t size() const { return _pages*PAGE_SIZE; }

        bool rom() const { return _backing == Backing::ROM; }

        Pd *owner() const { return _owner; }

        /* false once the owner gave the memory back */
        bool usable() const { return rom() || _owner; }

        /*
         * Give the memory back on behalf of the owner
         */
        void revoke();

        /*
         * Let another component pay, because the current one ends
         */
        void transfer(Pd &payer);

        /* account for the mappings, the last one takes the memory of a revoked dataspace along */
        void attached() { _attachments++; }
        void detached();

        /* physical address of a page */
        addr_t page(size_t index);

        /* copy content, 'offset' and 'size' are within the dataspace */
        void read (size_t offset, void *dst, size_t size);
        void write(size_t offset, void const *src, size_t size);
};


inline Hw::Dataspace *Hw::Object::dataspace() {
    return _type == Type::DATASPACE ? static_cast<Dataspace *>(this) : nullptr; }

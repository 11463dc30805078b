/*
 * Physical memory and who may use how much of it
 */

#pragma once

#include <types.h>

namespace Hw {

    /* where the kernel sees a physical page of RAM or of the image */
    template <typename T = void>
    inline T *kernel_view(addr_t phys);

    class Account;

    namespace Ram {

        /* hand over memory to the allocator, at boot time */
        void add(Range phys);

        /*
         * Allocate one page, filled with zeros
         *
         * \return physical address, or 0 if there is none left that is not reserved
         */
        addr_t alloc();

        void free(addr_t phys);

        /*
         * Keep pages for later, and allocate or give up one of those kept
         *
         * \return false if there are not enough of them
         */
        bool   reserve(size_t pages);
        addr_t alloc_reserved();
        void   unreserve(size_t pages);

        /* number of bytes that are neither allocated nor reserved */
        size_t avail();
    }
}


/*
 * Budget of RAM, in bytes
 *
 * The budgets of components are carved out of each other, starting with the
 * one of core. Hence their sum never exceeds what is there.
 */
class Hw::Account : Noncopyable
{
    private:

        size_t _limit;
        size_t _used = 0;

    public:

        explicit constexpr Account(size_t limit) : _limit(limit) { }

        size_t limit() const { return _limit; }
        size_t used()  const { return _used; }
        size_t avail() const { return _limit - _used; }

        bool withdraw(size_t amount)
        {
            if (amount > avail())
                return false;
            _used += amount;
            return true;
        }

        void replenish(size_t amount) { _used -= min(amount, _used); }

        /* allocate a page at the expense of this account, 0 if that exceeds it */
        addr_t alloc_page()
        {
            if (!withdraw(PAGE_SIZE))
                return 0;

            addr_t const phys = Ram::alloc();
            if (!phys)
                replenish(PAGE_SIZE);
            return phys;
        }

        void free_page(addr_t phys)
        {
            Ram::free(phys);
            replenish(PAGE_SIZE);
        }

        /* enlarge the budget, at boot time only */
        void grant(size_t amount) { _limit += amount; }

        /* move unused budget, \return false if there is less than that */
        bool transfer(Account &to, size_t amount)
        {
            if (amount > avail())
                return false;
            _limit    -= amount;
            to._limit += amount;
            return true;
        }

        /* take over everything, including what is in use */
        void adopt(Account &from)
        {
            _limit += from._limit;
            _used  += from._used;
            from._limit = from._used = 0;
        }
};


extern "C" char _image_begin[], _image_rodata[], _image_data[], _image_end[];

template <typename T>
inline T *Hw::kernel_view(addr_t phys)
{
    addr_t const image_end = addr_t(_image_end) - IMAGE_WINDOW;
    addr_t const image_begin = addr_t(_image_begin) - IMAGE_WINDOW;

    bool const image = phys >= image_begin && phys < image_end;
    return reinterpret_cast<T *>(phys + (image ? IMAGE_WINDOW : RAM_WINDOW));
}

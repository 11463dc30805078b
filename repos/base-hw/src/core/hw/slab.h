/*
 * Memory for small kernel objects, all of one size class
 */

#pragma once

#include <ram.h>

namespace Hw::Slab {

    /*
     * Size of a slot, large enough for each kernel object that components can
     * bring into being without a page of its own
     */
    constexpr size_t SLOT_SIZE = 128;

    /* at the start of each page, takes part in no slot */
    constexpr size_t HEADER_SIZE = 64;

    constexpr size_t SLOTS_PER_PAGE = (PAGE_SIZE - HEADER_SIZE)/SLOT_SIZE;

    /* what a slot is charged with, so that a full page is paid for */
    constexpr size_t SLOT_COST = PAGE_SIZE/SLOTS_PER_PAGE + 1;

    /* \return uninitialised slot, or nullptr if RAM is exhausted */
    void *alloc();

    void free(void *);

    /*
     * Construct an object in a slot
     *
     * \return nullptr if RAM is exhausted
     */
    template <typename T, typename... ARGS>
    T *create(ARGS &&... args)
    {
        static_assert(sizeof(T) <= SLOT_SIZE && alignof(T) <= 16);

        void * const at = alloc();
        return at ? new (at) T(args...) : nullptr;
    }

    template <typename T>
    void destroy(T &object)
    {
        object.~T();
        free(&object);
    }
}

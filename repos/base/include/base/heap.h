/*
 * Dynamic memory
 *
 * Small blocks are cut out of larger ones and kept in lists by size class
 * once freed. Large blocks are dataspaces of their own, returned to the kernel
 * when freed.
 */

#pragma once

#include <base/platform.h>
#include <util/attempt.h>

namespace Genode {

    class Heap;

    /* create an object on the heap, or say why not */
    template <typename T, typename... ARGS>
    Attempt<T *> create(Heap &, ARGS &&...);

    template <typename T>
    void destroy(Heap &, T *);
}


class Genode::Heap : Noncopyable
{
    private:

        static constexpr unsigned NUM_CLASSES = 8;      /* 32 bytes ... 4 KiB */
        static constexpr size_t   MIN_BLOCK   = 32,
                                  CHUNK       = 64*1024;
        struct Block;

        Block *_free[NUM_CLASSES] { };
        char  *_chunk     = nullptr;
        size_t _chunk_len = 0;

        Attempt<Block *> _alloc_small(unsigned size_class);
        Attempt<Block *> _alloc_large(size_t size);

    public:

        /* memory aligned to 16 bytes */
        Attempt<void *> alloc(size_t size);

        void free(void *);
};


template <typename T, typename... ARGS>
Genode::Attempt<T *> Genode::create(Heap &heap, ARGS &&... args)
{
    return heap.alloc(sizeof(T)).with(
        [&] (void *at) -> Attempt<T *> { return new (at) T(static_cast<ARGS &&>(args)...); },
        [&] (Result e) -> Attempt<T *> { return e; });
}


template <typename T>
void Genode::destroy(Heap &heap, T *object)
{
    if (!object)
        return;

    object->~T();
    heap.free(object);
}

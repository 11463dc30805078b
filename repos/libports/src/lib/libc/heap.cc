/*
 * Dynamic memory
 *
 * Each block comes from the component's heap. It is preceded by its size, which
 * 'realloc' needs, and by the way back to where the heap's block starts.
 */

#include <base/log.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

namespace {

    struct Header
    {
        size_t size;    /* usable bytes */
        size_t offset;  /* from the heap's block to the usable bytes */
    };

    constexpr size_t ALIGNMENT = 16;

    static_assert(sizeof(Header) == ALIGNMENT);

    Header &header_of(void *ptr) { return static_cast<Header *>(ptr)[-1]; }

    void *allocate(size_t size, size_t alignment)
    {
        using namespace Genode;

        if (!Libc::env()) {
            error("libc: memory is requested before Libc::init");
            errno = ENOMEM;
            return nullptr;
        }

        /* each block is different, even if there is nothing to be stored */
        size = size ? size : 1;

        size_t const extra = alignment > ALIGNMENT ? alignment : 0;

        size_t total = 0;
        if (__builtin_add_overflow(size, sizeof(Header) + extra, &total)
         || __builtin_add_overflow(total, ALIGNMENT - 1, &total)) {
            errno = ENOMEM;
            return nullptr;
        }
        total &= ~(ALIGNMENT - 1);

        return Libc::env()->heap().alloc(total).with(
            [&] (void *block) -> void * {

                uintptr_t const start = uintptr_t(block);
                uintptr_t       at    = start + sizeof(Header);

                if (extra)
                    at = (at + alignment - 1) & ~(alignment - 1);

                void *const ptr = reinterpret_cast<void *>(at);
                header_of(ptr)  = { .size = total - (at - start), .offset = at - start };
                return ptr;
            },
            [&] (Result) -> void * {
                errno = ENOMEM;
                return nullptr;
            });
    }
}


void *malloc(size_t size) { return allocate(size, ALIGNMENT); }


void free(void *ptr)
{
    if (ptr)
        Libc::env()->heap().free(static_cast<char *>(ptr) - header_of(ptr).offset);
}


void *calloc(size_t number, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(number, size, &bytes)) {
        errno = ENOMEM;
        return nullptr;
    }

    void *const ptr = malloc(bytes);
    return ptr ? memset(ptr, 0, bytes) : nullptr;
}


void *realloc(void *old, size_t size)
{
    if (!old)
        return malloc(size);

    size_t const old_size = header_of(old).size;

    /* a block that shrinks by much is worth being moved */
    if (size <= old_size && size >= old_size/2)
        return old;

    void *const ptr = malloc(size);
    if (!ptr)
        return size <= old_size ? old : nullptr;

    memcpy(ptr, old, size < old_size ? size : old_size);
    free(old);
    return ptr;
}


void *aligned_alloc(size_t alignment, size_t size)
{
    if (!alignment || (alignment & (alignment - 1))) {
        errno = EINVAL;
        return nullptr;
    }
    return allocate(size, alignment);
}


int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (!alignment || alignment % sizeof(void *) || (alignment & (alignment - 1)))
        return EINVAL;

    int const before = errno;

    void *const ptr = allocate(size, alignment);
    errno = before;

    if (!ptr)
        return ENOMEM;

    *out = ptr;
    return 0;
}

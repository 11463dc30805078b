/*
 * Functions that the compiler expects to exist in a freestanding environment
 */

#include <console.h>
#include <types.h>

using namespace Hw;

extern "C" {

    void *memset(void *dst, int value, size_t size)
    {
        size_t   const words   = size/8;
        size_t         count   = words;
        uint64_t const pattern = uint8_t(value)*0x0101010101010101ull;
        void          *at      = dst;

        asm volatile ("rep stosq" : "+D" (at), "+c" (count) : "a" (pattern) : "memory");
        count = size - words*8;
        asm volatile ("rep stosb" : "+D" (at), "+c" (count) : "a" (pattern) : "memory");
        return dst;
    }

    void *memcpy(void *dst, void const *src, size_t size)
    {
        size_t const words = size/8;
        size_t       count = words;
        void        *at    = dst;

        asm volatile ("rep movsq" : "+D" (at), "+S" (src), "+c" (count) : : "memory");
        count = size - words*8;
        asm volatile ("rep movsb" : "+D" (at), "+S" (src), "+c" (count) : : "memory");
        return dst;
    }

    void *memmove(void *dst, void const *src, size_t size)
    {
        if (addr_t(dst) - addr_t(src) >= size)
            return memcpy(dst, src, size);

        char       *to   = static_cast<char *>(dst) + size;
        char const *from = static_cast<char const *>(src) + size;
        while (size--)
            *--to = *--from;
        return dst;
    }

    int memcmp(void const *p, void const *q, size_t size)
    {
        auto const *a = static_cast<unsigned char const *>(p);
        auto const *b = static_cast<unsigned char const *>(q);

        for (; size; a++, b++, size--)
            if (*a != *b)
                return *a < *b ? -1 : 1;
        return 0;
    }

    /* called through the table of an object that is not entirely constructed */
    [[noreturn]] void __cxa_pure_virtual() { panic("call of a pure virtual function"); }
}

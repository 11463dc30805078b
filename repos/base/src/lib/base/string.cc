/*
 * Memory functions that the compiler refers to, and number parsing
 */

#include <util/string.h>

using namespace Genode;

/*
 * The byte loops must not be recognised as what they are, the compiler would
 * replace them with calls to themselves (see the library description for the
 * option that prevents it).
 */

void *memcpy(void *dst, void const *src, size_t n)
{
    void *d = dst;

#if defined(__x86_64__)
    asm volatile ("rep movsb" : "+D" (d), "+S" (src), "+c" (n) : : "memory");
#else
    for (size_t i = 0; i < n; i++)
        static_cast<char *>(d)[i] = static_cast<char const *>(src)[i];
#endif

    return dst;
}


void *memmove(void *dst, void const *src, size_t n)
{
    char       *d = static_cast<char *>(dst);
    char const *s = static_cast<char const *>(src);

    if (d <= s || d >= s + n)
        return memcpy(dst, src, n);

    while (n--)
        d[n] = s[n];

    return dst;
}


void *memset(void *dst, int value, size_t n)
{
    void *d = dst;

#if defined(__x86_64__)
    asm volatile ("rep stosb" : "+D" (d), "+c" (n) : "a" (value) : "memory");
#else
    for (size_t i = 0; i < n; i++)
        static_cast<char *>(d)[i] = char(value);
#endif

    return dst;
}


int memcmp(void const *p, void const *q, size_t n)
{
    auto const *a = static_cast<unsigned char const *>(p);
    auto const *b = static_cast<unsigned char const *>(q);

    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return a[i] - b[i];

    return 0;
}


size_t strlen(char const *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}


namespace {

    struct Number { uint64_t value; size_t digits; };

    /* zero digits if there is no number or it exceeds 64 bits */
    Number leading_number(Text text)
    {
        Number n { 0, 0 };

        for (; n.digits < text.len(); n.digits++) {

            char const c = text.start()[n.digits];

            if (c < '0' || c > '9')
                break;

            if (__builtin_mul_overflow(n.value, 10ull, &n.value)
             || __builtin_add_overflow(n.value, uint64_t(c - '0'), &n.value))
                return { 0, 0 };
        }
        return n;
    }
}


Attempt<uint64_t> Genode::parse_unsigned(Text text)
{
    Number const n = leading_number(text);

    if (!n.digits || n.digits != text.len())
        return Result::NOT_FOUND;

    return n.value;
}


Attempt<uint64_t> Genode::parse_bytes(Text text)
{
    Number const n = leading_number(text);

    if (!n.digits || text.len() > n.digits + 1)
        return Result::NOT_FOUND;

    if (text.len() == n.digits)
        return n.value;

    unsigned shift = 0;
    switch (text.start()[n.digits]) {
    case 'K': shift = 10; break;
    case 'M': shift = 20; break;
    case 'G': shift = 30; break;
    default: return Result::NOT_FOUND;
    }

    if (n.value > (~0ull >> shift))
        return Result::NOT_FOUND;

    return n.value << shift;
}

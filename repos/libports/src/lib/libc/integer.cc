/*
 * Integers: arithmetic, conversion from text, random numbers
 */

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

namespace {

    struct Number
    {
        uint64_t magnitude;
        bool     negative, overflow;
    };

    int digit_value(char c)
    {
        return isdigit(c) ? c - '0' : isalpha(c) ? tolower(c) - 'a' + 10 : INT_MAX;
    }

    /* the common part of all conversions, 'end' is set if not null */
    Number parse(char const *text, char **end, int base)
    {
        Number n { };

        if (end)
            *end = const_cast<char *>(text);

        if (base < 0 || base == 1 || base > 36) {
            errno = EINVAL;
            return n;
        }

        while (isspace((unsigned char)*text))
            text++;

        if (*text == '+' || *text == '-')
            n.negative = (*text++ == '-');

        bool const hex = text[0] == '0' && tolower(text[1]) == 'x' && digit_value(text[2]) < 16;

        if (hex && (base == 0 || base == 16)) {
            text += 2;
            base  = 16;
        }
        if (base == 0)
            base = (*text == '0') ? 8 : 10;

        for (; digit_value(*text) < base; text++) {

            if (__builtin_mul_overflow(n.magnitude, uint64_t(base), &n.magnitude)
             || __builtin_add_overflow(n.magnitude, uint64_t(digit_value(*text)), &n.magnitude))
                n.overflow = true;

            if (end)
                *end = const_cast<char *>(text) + 1;
        }
        return n;
    }

    template <typename T>
    T limited(Number n, T min, T max)
    {
        uint64_t const limit = n.negative ? uint64_t(max) + 1 : uint64_t(max);

        if (n.overflow || n.magnitude > limit) {
            errno = ERANGE;
            return n.negative ? min : max;
        }
        return T(n.negative ? 0 - n.magnitude : n.magnitude);
    }

    template <typename T>
    T limited(Number n, T max)
    {
        if (n.overflow || n.magnitude > max) {
            errno = ERANGE;
            return max;
        }
        return T(n.negative ? 0 - n.magnitude : n.magnitude);
    }

    template <typename RESULT, typename T>
    RESULT divided(T a, T b) { return { a/b, a%b }; }

    uint64_t random_state = 1;
}


long strtol(char const *s, char **end, int base)
{
    return limited<long>(parse(s, end, base), LONG_MIN, LONG_MAX);
}


long long strtoll(char const *s, char **end, int base)
{
    return limited<long long>(parse(s, end, base), LLONG_MIN, LLONG_MAX);
}


unsigned long strtoul(char const *s, char **end, int base)
{
    return limited<unsigned long>(parse(s, end, base), ULONG_MAX);
}


unsigned long long strtoull(char const *s, char **end, int base)
{
    return limited<unsigned long long>(parse(s, end, base), ULLONG_MAX);
}


int       atoi (char const *s) { return int(strtol(s, nullptr, 10)); }
long      atol (char const *s) { return strtol(s, nullptr, 10); }
long long atoll(char const *s) { return strtoll(s, nullptr, 10); }

int       abs  (int v)       { return v < 0 ? -v : v; }
long      labs (long v)      { return v < 0 ? -v : v; }
long long llabs(long long v) { return v < 0 ? -v : v; }

div_t   div  (int a, int b)             { return divided<div_t>(a, b); }
ldiv_t  ldiv (long a, long b)           { return divided<ldiv_t>(a, b); }
lldiv_t lldiv(long long a, long long b) { return divided<lldiv_t>(a, b); }


void srand(unsigned seed) { random_state = seed; }


/*
 * SplitMix64 by G. Steele, D. Lea and C. Flood: a counter, and a mix of its bits
 */
int rand()
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30))*0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27))*0x94d049bb133111eb;

    return int((z ^ (z >> 31)) & RAND_MAX);
}

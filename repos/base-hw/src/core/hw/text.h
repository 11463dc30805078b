/*
 * Characters that need not be zero-terminated
 */

#pragma once

#include <types.h>

namespace Hw { struct Text; }


struct Hw::Text
{
    char const *start;
    size_t      length;

    /* view of a zero-terminated string */
    static Text of(char const *s)
    {
        size_t length = 0;
        while (s[length])
            length++;
        return { s, length };
    }

    bool operator == (Text const &other) const
    {
        return length == other.length
            && __builtin_memcmp(start, other.start, length) == 0;
    }

    bool ends_with(Text const &other) const
    {
        return length >= other.length
            && Text { start + length - other.length, other.length } == other;
    }
};

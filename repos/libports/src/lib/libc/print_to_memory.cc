/*
 * Formatted output to memory
 */

#include <stdio.h>
#include <string.h>
#include "format.h"

namespace {

    /* keeps what fits */
    struct Memory_sink : Libc::Sink
    {
        char  *at;
        size_t left;

        Memory_sink(char *at, size_t left) : at(at), left(left) { }

        void write(char const *text, size_t len) override
        {
            size_t const n = len < left ? len : left;
            memcpy(at, text, n);
            at   += n;
            left -= n;
        }
    };
}


int vsnprintf(char *to, size_t size, char const *format, va_list args)
{
    Memory_sink sink(to, size ? size - 1 : 0);

    int const result = Libc::format(sink, format, args);

    if (size)
        *sink.at = 0;

    return result;
}


int vsprintf(char *to, char const *format, va_list args)
{
    /* the caller vouches for the size, the end of the address space is the limit */
    return vsnprintf(to, size_t(-1) - size_t(to), format, args);
}


int snprintf(char *to, size_t size, char const *format, ...)
{
    va_list args;
    va_start(args, format);
    int const result = vsnprintf(to, size, format, args);
    va_end(args);
    return result;
}


int sprintf(char *to, char const *format, ...)
{
    va_list args;
    va_start(args, format);
    int const result = vsprintf(to, format, args);
    va_end(args);
    return result;
}

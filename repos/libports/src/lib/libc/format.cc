/*
 * Formatted output: format strings, text, and integers
 */

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include "format.h"

using Libc::Formatter;
using Libc::Specification;

namespace {

    enum class Length { INT, CHAR, SHORT, LONG, LONG_LONG, LONG_DOUBLE };

    /* 'va_list' may be an array type, which cannot be passed by reference */
    struct Arguments
    {
        va_list list;

        int64_t next_signed(Length length)
        {
            switch (length) {
            case Length::CHAR:      return (signed char)va_arg(list, int);
            case Length::SHORT:     return short(va_arg(list, int));
            case Length::LONG:      return va_arg(list, long);
            case Length::LONG_LONG: return va_arg(list, long long);
            default:                return va_arg(list, int);
            }
        }

        uint64_t next_unsigned(Length length)
        {
            switch (length) {
            case Length::CHAR:      return (unsigned char)va_arg(list, int);
            case Length::SHORT:     return (unsigned short)va_arg(list, int);
            case Length::LONG:      return va_arg(list, unsigned long);
            case Length::LONG_LONG: return va_arg(list, unsigned long long);
            default:                return va_arg(list, unsigned);
            }
        }
    };

    /* a decimal number, or '*' for the next argument */
    int number_at(char const *&at, Arguments &args)
    {
        if (*at == '*') {
            at++;
            return va_arg(args.list, int);
        }

        int value = 0;
        for (; isdigit((unsigned char)*at); at++)
            if (value < INT_MAX/10 - 1)
                value = value*10 + (*at - '0');

        return value;
    }

    Specification specification_at(char const *&at, Arguments &args)
    {
        Specification spec { };
        spec.precision = -1;

        for (;; at++) {
            if      (*at == '-') spec.left        = true;
            else if (*at == '+') spec.plus        = true;
            else if (*at == ' ') spec.space       = true;
            else if (*at == '#') spec.alternative = true;
            else if (*at == '0') spec.zero        = true;
            else break;
        }

        spec.width = number_at(at, args);
        if (spec.width < 0) {
            spec.left  = true;
            spec.width = spec.width == INT_MIN ? INT_MAX : -spec.width;
        }

        if (*at == '.') {
            at++;
            spec.precision = number_at(at, args);
            if (spec.precision < 0)
                spec.precision = -1;
        }
        return spec;
    }

    Length length_at(char const *&at)
    {
        static_assert(sizeof(long) == sizeof(size_t) && sizeof(long) == sizeof(intmax_t));

        switch (*at) {
        case 'h': at++; if (*at != 'h') return Length::SHORT; at++; return Length::CHAR;
        case 'l': at++; if (*at != 'l') return Length::LONG;  at++; return Length::LONG_LONG;
        case 'L': at++; return Length::LONG_DOUBLE;
        case 'j':
        case 'z':
        case 't': at++; return Length::LONG;
        }
        return Length::INT;
    }

    void format_integer(Formatter &out, Specification const &spec, char const *sign,
                        uint64_t magnitude)
    {
        char const *const digits = spec.upper() ? "0123456789ABCDEF" : "0123456789abcdef";

        bool     const octal = spec.conversion == 'o';
        bool     const hex   = tolower(spec.conversion) == 'x' || spec.conversion == 'p';
        unsigned const base  = octal ? 8 : hex ? 16 : 10;

        char   buf[22];  /* 64 bits have 22 octal digits */
        size_t start = sizeof(buf);

        for (uint64_t v = magnitude; v; v /= base)
            buf[--start] = digits[v % base];

        size_t const num_digits = sizeof(buf) - start;

        size_t zeros = 0;
        if (spec.precision < 0)
            zeros = num_digits ? 0 : 1;
        else if (size_t(spec.precision) > num_digits)
            zeros = size_t(spec.precision) - num_digits;

        if (octal && spec.alternative && !zeros && (num_digits || !spec.precision))
            zeros = 1;

        char const *prefix = sign;
        if (hex && (spec.conversion == 'p' || (spec.alternative && magnitude)))
            prefix = spec.conversion == 'X' ? "0X" : "0x";

        bool const pad_with_zeros = spec.zero && spec.precision < 0;

        out.padded(spec, prefix, strlen(prefix), zeros + num_digits, pad_with_zeros, [&] {
            out.repeat('0', zeros);
            out.write(buf + start, num_digits); });
    }

    void format_text(Formatter &out, Specification const &spec, char const *text, size_t len)
    {
        out.padded(spec, "", 0, len, false, [&] { out.write(text, len); });
    }

    char const *sign_of(Specification const &spec, bool negative)
    {
        return negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
    }

    /* false if there is no such conversion */
    bool convert(Formatter &out, Specification const &spec, Length length, Arguments &args)
    {
        /* there are no wide characters */
        if ((spec.conversion == 'c' || spec.conversion == 's') && length != Length::INT)
            return false;

        switch (spec.conversion) {

        case 'd': case 'i': {
            int64_t  const value     = args.next_signed(length);
            uint64_t const magnitude = value < 0 ? 0 - uint64_t(value) : uint64_t(value);
            format_integer(out, spec, sign_of(spec, value < 0), magnitude);
            return true;
        }
        case 'u': case 'o': case 'x': case 'X':
            format_integer(out, spec, "", args.next_unsigned(length));
            return true;

        case 'p':
            format_integer(out, spec, "", uintptr_t(va_arg(args.list, void *)));
            return true;

        case 'c': {
            char const c = char(va_arg(args.list, int));
            format_text(out, spec, &c, 1);
            return true;
        }
        case 's': {
            char const *text = va_arg(args.list, char const *);
            if (!text)
                text = "(null)";
            format_text(out, spec, text, spec.precision < 0
                                         ? strlen(text) : strnlen(text, size_t(spec.precision)));
            return true;
        }
        case 'a': case 'A': case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
            if (length == Length::LONG_DOUBLE)
                out.number(spec, va_arg(args.list, long double));
            else
                out.number(spec, va_arg(args.list, double));
            return true;

        case 'n':
            switch (length) {
            case Length::CHAR:      *va_arg(args.list, signed char *) = (signed char)out.count(); break;
            case Length::SHORT:     *va_arg(args.list, short *)       = short(out.count());       break;
            case Length::LONG:      *va_arg(args.list, long *)        = long(out.count());        break;
            case Length::LONG_LONG: *va_arg(args.list, long long *)   = (long long)out.count();   break;
            default:                *va_arg(args.list, int *)         = int(out.count());         break;
            }
            return true;

        case '%':
            out.put('%');
            return true;
        }
        return false;
    }
}


int Libc::format(Sink &sink, char const *at, va_list list)
{
    Formatter out(sink);
    Arguments args;
    va_copy(args.list, list);

    int result = 0;

    while (*at && !result) {

        size_t const len = strcspn(at, "%");
        out.write(at, len);
        at += len;

        if (!*at)
            break;

        at++;
        Specification spec   = specification_at(at, args);
        Length const  length = length_at(at);

        spec.conversion = *at;

        if (!convert(out, spec, length, args)) {
            errno  = EINVAL;
            result = -1;
        } else
            at++;
    }
    va_end(args.list);

    if (out.count() > INT_MAX) {
        errno  = EOVERFLOW;
        result = -1;
    }
    return result ? result : int(out.count());
}

/*
 * Formatted output of floating-point numbers
 *
 * The exact decimal value is rounded once, to the number of digits asked for.
 */

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "decimal.h"
#include "format.h"

using Libc::Decimal;
using Libc::Float_format;
using Libc::Formatter;
using Libc::Specification;

namespace {

    /* mantissa*2^exponent */
    struct Parts { uint64_t mantissa; int exponent; };

    Parts parts_of(double value)
    {
        uint64_t bits;
        __builtin_memcpy(&bits, &value, sizeof(bits));

        uint64_t const fraction = bits & ((1ull << 52) - 1);
        int      const exponent = int(bits >> 52 & 0x7ff);

        return exponent ? Parts { fraction | 1ull << 52, exponent - 1075 }
                        : Parts { fraction, -1074 };
    }

    /* the format has no hidden bit */
    Parts parts_of(long double value)
    {
        static_assert(Float_format<long double>::MANTISSA_BITS == 64);

        struct { uint64_t mantissa; uint16_t exponent; } bits { };
        __builtin_memcpy(&bits, &value, 10);

        int const exponent = bits.exponent & 0x7fff;

        return { bits.mantissa, (exponent ? exponent : 1) - 16383 - 63 };
    }

    /* letter, sign, and at least 'at_least' digits */
    struct Exponent
    {
        char   text[8];
        size_t len = 0;

        Exponent(char letter, int value, int at_least)
        {
            text[len++] = letter;
            text[len++] = value < 0 ? '-' : '+';

            unsigned const magnitude = unsigned(value < 0 ? -value : value);

            for (unsigned power = 10000, digits = 5; digits; digits--, power /= 10)
                if (digits <= unsigned(at_least) || magnitude >= power)
                    text[len++] = char('0' + magnitude/power % 10);
        }
    };

    struct Prefix
    {
        char   text[4];
        size_t len = 0;

        Prefix(Specification const &spec, bool negative)
        {
            if (negative || spec.plus || spec.space)
                text[len++] = negative ? '-' : spec.plus ? '+' : ' ';
        }
    };

    /* digits from position 'first' on, down to 'last', with a point after position 0 */
    template <typename T>
    void write_digits(Formatter &out, Decimal<T> const &value, int first, int last, int point)
    {
        for (int position = first; position >= last; position--) {
            out.put(char('0' + value.digit(position)));
            if (position == point && position != last)
                out.put('.');
        }
    }

    /* "ddd.ddd" with 'decimals' digits behind the point */
    template <typename T>
    void fixed(Formatter &out, Specification const &spec, Prefix const &prefix,
               Decimal<T> const &value, int decimals)
    {
        int const  first = value.first_position() > 0 ? value.first_position() : 0;
        bool const point = decimals == 0 && spec.alternative;

        size_t const len = size_t(first) + 1 + (decimals ? 1 : 0) + size_t(decimals) + point;

        out.padded(spec, prefix.text, prefix.len, len, spec.zero, [&] {
            write_digits(out, value, first, -decimals, 0);
            if (point)
                out.put('.'); });
    }

    /* "d.ddde+dd" with 'decimals' digits behind the point */
    template <typename T>
    void scientific(Formatter &out, Specification const &spec, Prefix const &prefix,
                    Decimal<T> const &value, int decimals)
    {
        int const  first = value.first_position();
        bool const point = decimals == 0 && spec.alternative;

        Exponent const exponent(spec.upper() ? 'E' : 'e', first, 2);

        size_t const len = 1 + (decimals ? 1 : 0) + size_t(decimals) + point + exponent.len;

        out.padded(spec, prefix.text, prefix.len, len, spec.zero, [&] {
            write_digits(out, value, first, first - decimals, first);
            if (point)
                out.put('.');
            out.write(exponent.text, exponent.len); });
    }

    /* position of the last digit that is not zero */
    template <typename T>
    int last_position(Decimal<T> const &value, int from)
    {
        while (from < value.first_position() && !value.digit(from))
            from++;

        return from;
    }

    template <typename T>
    void decimal(Formatter &out, Specification const &spec, Prefix const &prefix, Parts parts)
    {
        Decimal<T> value(parts.mantissa);
        value.scale(parts.exponent);

        int const precision = spec.precision < 0 ? 6 : spec.precision;

        switch (tolower(spec.conversion)) {

        case 'f':
            value.round(-precision);
            fixed(out, spec, prefix, value, precision);
            break;

        case 'e':
            value.round(value.first_position() - precision);
            scientific(out, spec, prefix, value, precision);
            break;

        case 'g':
            int const digits = precision ? precision : 1;

            value.round(value.first_position() - digits + 1);

            int const  first  = value.first_position();
            bool const is_fix = first < digits && first >= -4;
            int const  unit   = is_fix ? 0 : first;

            /* digits behind the point, without zeros at the end unless asked for */
            int decimals = unit - (first - digits + 1);

            if (!spec.alternative) {
                int const last = last_position(value, first - digits + 1);
                decimals = last < unit ? unit - last : 0;
            }

            if (is_fix)
                fixed(out, spec, prefix, value, decimals);
            else
                scientific(out, spec, prefix, value, decimals);
            break;
        }
    }

    /* "0x1.hhhp+d" */
    void hexadecimal(Formatter &out, Specification const &spec, Prefix prefix, Parts parts)
    {
        char const *const digits = spec.upper() ? "0123456789ABCDEF" : "0123456789abcdef";

        prefix.text[prefix.len++] = '0';
        prefix.text[prefix.len++] = spec.upper() ? 'X' : 'x';

        /* one bit before the point, 64 bits behind it */
        unsigned leading  = 0;
        uint64_t fraction = 0;
        int      exponent = 0;

        if (parts.mantissa) {
            int const zeros = __builtin_clzll(parts.mantissa);

            leading  = 1;
            fraction = parts.mantissa << zeros << 1;
            exponent = parts.exponent + 63 - zeros;
        }

        int decimals = spec.precision;

        if (decimals < 0)
            for (decimals = 0; decimals < 16 && fraction << 4*decimals; )
                decimals++;

        if (decimals < 16) {
            uint64_t const unit = decimals ? 1ull << (64 - 4*decimals) : 0;  /* 0 is 2^64 */
            uint64_t const half = decimals ? unit >> 1 : 1ull << 63;
            uint64_t const rest = fraction & (unit - 1);
            bool     const odd  = decimals ? fraction & unit : leading & 1;

            fraction -= rest;

            if (rest > half || (rest == half && odd)) {
                fraction += unit;
                if (!fraction)
                    leading++;
            }
        }

        bool     const point = decimals || spec.alternative;
        Exponent const suffix(spec.upper() ? 'P' : 'p', exponent, 1);

        out.padded(spec, prefix.text, prefix.len, 1 + point + size_t(decimals) + suffix.len,
                   spec.zero, [&] {
            out.put(digits[leading]);
            if (point)
                out.put('.');
            for (int i = 0; i < decimals; i++)
                out.put(i < 16 ? digits[fraction >> (60 - 4*i) & 15] : '0');
            out.write(suffix.text, suffix.len); });
    }

    template <typename T>
    void number_of(Formatter &out, Specification const &spec, T value)
    {
        Prefix const prefix(spec, signbit(value));

        if (!isfinite(value)) {
            char const *const text = isnan(value) ? (spec.upper() ? "NAN" : "nan")
                                                  : (spec.upper() ? "INF" : "inf");
            out.padded(spec, prefix.text, prefix.len, 3, false, [&] { out.write(text, 3); });
            return;
        }

        if (tolower(spec.conversion) == 'a')
            hexadecimal(out, spec, prefix, parts_of(value));
        else
            decimal<T>(out, spec, prefix, parts_of(value));
    }
}


void Formatter::number(Specification const &spec, double value)
{
    number_of(*this, spec, value);
}


void Formatter::number(Specification const &spec, long double value)
{
    number_of(*this, spec, value);
}

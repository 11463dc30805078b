/*
 * Floating-point numbers from text, rounded correctly
 *
 * The number is held exactly in decimal form, and multiplied by a power of two such
 * that its integer part has 64 bits, which is as many as the longest mantissa has. Then
 * it is rounded once. Of very long texts, digits that are too small for the exact form
 * only count as "not zero".
 */

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include "decimal.h"

namespace {

    using Libc::Decimal;
    using Libc::Float_format;

    /* mantissa*2^exponent, and something more: compared with half a unit, and with zero */
    struct Binary
    {
        uint64_t mantissa;      /* with its highest bit set */
        int      exponent;
        int      rest_to_half;  /* -1, 0, 1 */
        bool     rest;
    };

    template <typename T>
    T infinity()
    {
        errno = ERANGE;
        return T(HUGE_VALL);
    }

    template <typename T>
    T underflow()
    {
        errno = ERANGE;
        return 0;
    }

    /* multiply by a power of two */
    template <typename T>
    T scaled(T value, int exponent)
    {
        T factor = exponent < 0 ? T(0.5) : T(2);

        for (unsigned n = exponent < 0 ? -exponent : exponent; n; n >>= 1) {
            if (n & 1)
                value *= factor;
            if (n > 1)
                factor *= factor;
        }
        return value;
    }

    template <typename T>
    T rounded(Binary b)
    {
        using Format = Float_format<T>;

        /* bits to leave out: those that the mantissa does not have, and more near zero */
        int surplus = 64 - Format::MANTISSA_BITS;

        if (b.exponent + surplus < Decimal<T>::MIN_BIT)
            surplus = Decimal<T>::MIN_BIT - b.exponent;

        if (surplus > 64)
            return underflow<T>();

        uint64_t kept    = surplus == 64 ? 0 : b.mantissa >> surplus;
        bool     inexact = b.rest;
        bool     up      = b.rest_to_half > 0 || (b.rest_to_half == 0 && (kept & 1));

        if (surplus) {
            uint64_t const half    = 1ull << (surplus - 1);
            uint64_t const removed = b.mantissa & (half | (half - 1));

            inexact |= removed != 0;
            up       = removed > half || (removed == half && (b.rest || (kept & 1)));
        }

        b.exponent += surplus;
        kept       += up;

        /* carry out of the longest mantissa */
        if (up && !kept) {
            kept = 1ull << 63;
            b.exponent++;
        }

        int magnitude = b.exponent;
        for (uint64_t m = kept; m; m >>= 1)
            magnitude++;

        if (magnitude > Format::MAX_EXP)
            return infinity<T>();

        if (inexact && magnitude < Format::MIN_EXP)
            errno = ERANGE;

        /* in two steps, as a single power of two may be out of range */
        return scaled(scaled(T(kept), b.exponent/2), b.exponent - b.exponent/2);
    }

    template <typename T>
    T from_decimal(Decimal<T> &value)
    {
        Binary b { };

        auto const scale = [&] (int bits) {
            value.scale(bits);
            b.exponent -= bits;
        };

        while (value.integer() == Decimal<T>::LARGE) scale(-29);
        while (value.integer() < (1ull << 30))       scale( 29);

        /* now there are 31 to 60 bits, the missing ones come from behind the point */
        b.mantissa = value.integer();
        value.remove_integer();

        int const missing = __builtin_clzll(b.mantissa);
        scale(missing);

        b.mantissa     = (b.mantissa << missing) + value.integer();
        b.rest         = value.fraction();
        b.rest_to_half = value.compare_fraction_with_half();

        return rounded<T>(b);
    }

    /*
     * Exponent behind a letter, left alone if there are no digits
     */
    int exponent_of(char const *&text, char letter)
    {
        if (tolower(*text) != letter)
            return 0;

        char const *at       = text + 1;
        bool const  negative = *at == '-';

        if (*at == '+' || *at == '-')
            at++;

        if (!isdigit((unsigned char)*at))
            return 0;

        /* beyond any number, and far from the limits of the type */
        int value = 0;
        for (; isdigit((unsigned char)*at); at++)
            if (value < 100000000)
                value = value*10 + (*at - '0');

        text = at;
        return negative ? -value : value;
    }

    bool digit_follows(char const *text, int (*is_digit)(int))
    {
        return is_digit((unsigned char)text[*text == '.' ? 1 : 0]);
    }

    /* what follows "0x" */
    template <typename T>
    T hexadecimal(char const *&text)
    {
        unsigned __int128 mantissa = 0;

        int  exponent = 0;
        bool point = false, more = false;

        for (; *text == '.' || isxdigit((unsigned char)*text); text++) {

            if (*text == '.') {
                if (point)
                    break;
                point = true;
                continue;
            }

            unsigned const digit = isdigit((unsigned char)*text)
                                 ? *text - '0' : tolower(*text) - 'a' + 10;

            bool const room = !(mantissa >> 120);

            if (room)
                mantissa = mantissa << 4 | digit;
            else
                more |= digit != 0;

            exponent += (room ? 0 : 4) - (point ? 4 : 0);
        }
        exponent += exponent_of(text, 'p');

        if (!mantissa)
            return 0;

        for (; !(mantissa >> 127); mantissa <<= 1)
            exponent--;

        uint64_t const rest = uint64_t(mantissa), half = 1ull << 63;

        return rounded<T>({ .mantissa     = uint64_t(mantissa >> 64),
                            .exponent     = exponent + 64,
                            .rest_to_half = rest == half ? more : rest < half ? -1 : 1,
                            .rest         = rest || more });
    }

    template <typename T>
    T decimal(char const *&text)
    {
        char const *const start = text;

        bool point    = false;
        int  position = -1;     /* of the first digit */

        for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
            if (*text == '.')
                point = true;
            else if (!point)
                position++;
        }
        char const *const end = text;

        position += exponent_of(text, 'e');

        /* powers of ten that are out of range for sure */
        constexpr int TOO_HIGH = Float_format<T>::MAX_EXP*30103/100000 + 2,
                      TOO_LOW  = Decimal<T>::MIN_BIT*30103/100000 - 3;

        Decimal<T> value;
        bool       zero = true;

        for (char const *at = start; at < end; at++) {

            if (*at == '.')
                continue;

            if (zero && *at != '0') {
                zero = false;

                if (position > TOO_HIGH) return infinity<T>();
                if (position < TOO_LOW)  return underflow<T>();
            }
            if (!zero)
                value.add_digit(*at - '0', position);

            position--;
        }
        return zero ? T(0) : from_decimal<T>(value);
    }

    template <typename T>
    T parse(char const *text, char **end)
    {
        if (end)
            *end = const_cast<char *>(text);

        while (isspace((unsigned char)*text))
            text++;

        bool const negative = *text == '-';

        if (*text == '+' || *text == '-')
            text++;

        T value = 0;

        if (!strncasecmp(text, "inf", 3)) {

            value = T(HUGE_VALL);
            text += strncasecmp(text, "infinity", 8) ? 3 : 8;

        } else if (!strncasecmp(text, "nan", 3)) {

            value = T(NAN);
            text += 3;

        } else if (*text == '0' && tolower(text[1]) == 'x' && digit_follows(text + 2, isxdigit)) {

            text += 2;
            value = hexadecimal<T>(text);

        } else if (digit_follows(text, isdigit)) {

            value = decimal<T>(text);

        } else
            return 0;

        if (end)
            *end = const_cast<char *>(text);

        return negative ? -value : value;
    }
}


double      strtod (char const *s, char **end) { return parse<double>(s, end); }
float       strtof (char const *s, char **end) { return parse<float>(s, end); }
long double strtold(char const *s, char **end) { return parse<long double>(s, end); }
double      atof   (char const *s)             { return strtod(s, nullptr); }

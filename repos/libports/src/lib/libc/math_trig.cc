/*
 * Trigonometric functions
 */

#include "math_parts.h"

using namespace Libc;

namespace {

    constexpr Long HALF_PI = 1.570796326794896619231321691639751442L,
                   PI      = 3.141592653589793238462643383279502884L;

    /* the bits of 2/pi behind the point, enough for the largest number */
    constexpr uint64_t TWO_OVER_PI[] {
        0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
        0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
        0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
        0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
        0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
    };

    /* 64 bits of the above from the given one on */
    uint64_t bits_from(unsigned bit)
    {
        unsigned const word = bit/64, shift = bit % 64;

        return shift ? TWO_OVER_PI[word] << shift | TWO_OVER_PI[word + 1] >> (64 - shift)
                     : TWO_OVER_PI[word];
    }

    Long sin_near_zero(Long x)
    {
        Long const x2 = x*x;
        return x*series<12>(-x2, [] (unsigned n) { return INVERSE_FACTORIAL.value[2*n + 1]; });
    }

    Long cos_near_zero(Long x)
    {
        Long const x2 = x*x;
        return series<13>(-x2, [] (unsigned n) { return INVERSE_FACTORIAL.value[2*n]; });
    }

    Long sine(Long x, unsigned quadrant)
    {
        Long const value = quadrant & 1 ? cos_near_zero(x) : sin_near_zero(x);
        return quadrant & 2 ? -value : value;
    }
}


/*
 * The method of M. Payne and R. Hanek: of the product of 'x' and 2/pi, compute the
 * last two bits before the point, which tell the quadrant, and 190 bits behind it
 */
Long Libc::reduced(double x, unsigned &quadrant)
{
    quadrant = 0;

    if (fabs(x) <= 0.78)
        return x;

    int exponent = 0;
    uint64_t const mantissa = uint64_t(scalbn(frexp(fabs(x), &exponent), 53));
    exponent -= 53;

    /* bits of 2/pi before this one yield multiples of four */
    unsigned const start = exponent > 2 ? unsigned(exponent) - 2 : 0;

    /* product with 192 bits, lowest word first */
    uint64_t          p[4] { };
    unsigned __int128 carry = 0;

    for (unsigned i = 0; i < 3; i++) {
        carry += static_cast<unsigned __int128>(mantissa)*bits_from(start + 64*(2 - i));
        p[i]   = uint64_t(carry);
        carry >>= 64;
    }
    p[3] = uint64_t(carry);

    /* let the point be behind the two highest bits of p[2] */
    for (int n = 2 - exponent; n > 0; ) {
        int const shift = n < 63 ? n : 63;
        for (unsigned i = 0; i < 3; i++)
            p[i] = p[i] >> shift | p[i + 1] << (64 - shift);
        p[3] >>= shift;
        n -= shift;
    }

    quadrant = unsigned(p[2] >> 62);

    uint64_t high = p[2] << 2 | p[1] >> 62,
             low  = p[1] << 2 | p[0] >> 62;

    /* more than half a quadrant is less than nothing in the next one */
    bool const negative = high >> 63;

    if (negative) {
        quadrant++;
        high = ~high;
        low  = ~low;
    }

    constexpr Long WORD = 18446744073709551616.0L;  /* 2^64 */

    Long const r = (Long(high) + Long(low)/WORD)/WORD*HALF_PI;

    if (x < 0)
        quadrant = 0 - quadrant;

    return negative != (x < 0) ? -r : r;
}


Long Libc::atan_of(Long x)
{
    if (x < 0)
        return -atan_of(-x);

    if (x > 1)
        return HALF_PI - atan_of(1/x);

    /* the argument of half the angle, twice */
    auto const half = [] (Long t) { return t/(1 + sqrt_of(1 + t*t)); };

    Long const t = half(half(x));

    return 4*t*series<17>(-t*t, [] (unsigned n) { return 1/Long(2*n + 1); });
}


double sin(double x)
{
    if (!isfinite(x)) return NAN;
    if (x == 0)       return x;

    unsigned quadrant = 0;
    Long const r = reduced(x, quadrant);
    return double(sine(r, quadrant));
}


double cos(double x)
{
    if (!isfinite(x)) return NAN;

    unsigned quadrant = 0;
    Long const r = reduced(x, quadrant);
    return double(sine(r, quadrant + 1));
}


double tan(double x)
{
    if (!isfinite(x)) return NAN;
    if (x == 0)       return x;

    unsigned quadrant = 0;
    Long const r = reduced(x, quadrant);
    return double(sine(r, quadrant)/sine(r, quadrant + 1));
}


double atan(double x)
{
    if (isnan(x) || x == 0) return x;

    return double(atan_of(x));
}


double atan2(double y, double x)
{
    if (isnan(x) || isnan(y))
        return NAN;

    /* the angle to the positive or negative axis of x */
    Long const ay = absolute(y), ax = absolute(x);

    Long angle = 0;
    if (isinf(y) && isinf(x)) angle = PI/4;
    else if (isinf(y))        angle = HALF_PI;
    else if (isinf(x))        angle = 0;
    else if (y == 0)          angle = 0;
    else if (x == 0)          angle = HALF_PI;
    else                      angle = atan_of(ay/ax);

    if (signbit(x))
        angle = PI - angle;

    return copysign(double(angle), y);
}


namespace {

    /* the cosine that belongs to a sine, and the other way round */
    Long other_side(double x) { return sqrt_of((1 - Long(x))*(1 + Long(x))); }
}


double asin(double x)
{
    if (isnan(x) || x == 0) return x;
    if (fabs(x) > 1)        return NAN;
    if (fabs(x) == 1)       return copysign(double(HALF_PI), x);

    return double(atan_of(x/other_side(x)));
}


double acos(double x)
{
    if (isnan(x))     return x;
    if (fabs(x) > 1)  return NAN;
    if (x == 0)       return double(HALF_PI);

    Long const angle = atan_of(other_side(x)/absolute(x));
    return double(x < 0 ? PI - angle : angle);
}

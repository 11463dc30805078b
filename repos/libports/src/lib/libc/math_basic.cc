/*
 * Mathematical functions with exact results
 */

#include <limits.h>
#include "math_parts.h"

namespace {

    union Bits
    {
        double   value;
        uint64_t bits;

        explicit Bits(double v)   : value(v) { }
        explicit Bits(uint64_t b) : bits(b)  { }

        static constexpr uint64_t SIGN = 1ull << 63, FRACTION = (1ull << 52) - 1;

        int exponent() const { return int(bits >> 52 & 0x7ff); }
    };

    /* numbers of this size and above have no bits behind the point */
    constexpr double INTEGERS = 4503599627370496.0;

    bool integer_anyway(double x) { return !(fabs(x) < INTEGERS); }

    /* the sign of 'x' is kept even for zero */
    double towards_zero(double x)
    {
        return integer_anyway(x) ? x : copysign(double(int64_t(x)), x);
    }
}


double fabs(double x) { return Bits(Bits(x).bits & ~Bits::SIGN).value; }


double copysign(double x, double sign)
{
    return Bits((Bits(x).bits & ~Bits::SIGN) | (Bits(sign).bits & Bits::SIGN)).value;
}


double trunc(double x) { return towards_zero(x); }


double floor(double x)
{
    double const t = towards_zero(x);
    return t > x ? t - 1 : t;
}


double ceil(double x)
{
    double const t = towards_zero(x);
    return t < x ? copysign(t + 1, x) : t;
}


double round(double x)
{
    double const t = towards_zero(x);
    return fabs(x - t) >= 0.5 ? t + copysign(1, x) : t;
}


double rint(double x)
{
    if (integer_anyway(x))
        return x;

    /* the addition rounds, halves towards even */
    double const magic   = copysign(INTEGERS, x);
    double volatile sum  = x + magic;
    return copysign(sum - magic, x);
}


long lround(double x) { return long(round(x)); }


double modf(double x, double *integral)
{
    *integral = towards_zero(x);
    return isinf(x) ? copysign(0, x) : copysign(x - *integral, x);
}


double frexp(double x, int *exponent)
{
    *exponent = 0;

    if (x == 0 || !isfinite(x))
        return x;

    Bits b(x);
    int  shift = 0;

    if (!b.exponent()) {
        b.value = x*18014398509481984.0;  /* 2^54 */
        shift   = -54;
    }

    *exponent = b.exponent() - 1022 + shift;
    b.bits    = (b.bits & (Bits::SIGN | Bits::FRACTION)) | (1022ull << 52);
    return b.value;
}


double Libc::scaled(Long x, int exponent)
{
    /* more than enough for infinity and zero */
    exponent = exponent > 5000 ? 5000 : exponent < -5000 ? -5000 : exponent;

    Long factor = exponent < 0 ? Long(0.5) : Long(2);

    for (unsigned n = exponent < 0 ? -exponent : exponent; n; n >>= 1) {
        if (n & 1)
            x *= factor;
        factor *= factor;
    }
    return double(x);
}


double ldexp (double x, int exponent) { return Libc::scaled(x, exponent); }
double scalbn(double x, int exponent) { return Libc::scaled(x, exponent); }


double fmin(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a < b || (a == b && signbit(a)) ? a : b;
}


double fmax(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : a > b || (a == b && signbit(b)) ? a : b;
}


double fmod(double x, double y)
{
    if (!isfinite(x) || isnan(y) || y == 0)
        return (x*y)/(x*y);

    if (isinf(y))
        return x;

    int ex = 0, ey = 0;

    /* mantissas as integers of 53 bits */
    uint64_t       mx = uint64_t(scalbn(frexp(fabs(x), &ex), 53));
    uint64_t const my = uint64_t(scalbn(frexp(fabs(y), &ey), 53));

    if (ex < ey)
        return x;

    /* division by hand, ten bits at a time, of which only the rest is of interest */
    mx %= my;
    for (int left = ex - ey; left && mx; ) {
        int const n = left < 10 ? left : 10;
        mx = (mx << n) % my;
        left -= n;
    }
    return copysign(scalbn(double(mx), ey - 53), x);
}


double           sqrt(double x)         { return __builtin_sqrt(x); }
Libc::Long Libc::sqrt_of(Libc::Long x)  { return __builtin_sqrtl(x); }

double hypot(double x, double y)
{
    using Libc::Long;

    if (isinf(x) || isinf(y))
        return INFINITY;

    return double(Libc::sqrt_of(Long(x)*x + Long(y)*y));
}


float fabsf (float x) { return float(fabs(x)); }
float floorf(float x) { return float(floor(x)); }
float ceilf (float x) { return float(ceil(x)); }
float sqrtf (float x) { return __builtin_sqrtf(x); }

float powf (float x, float y) { return float(pow(x, y)); }
float fmodf(float x, float y) { return float(fmod(x, y)); }

/*
 * Exponential functions and logarithms
 */

#include <limits.h>
#include "math_parts.h"

using namespace Libc;

namespace {

    /* x*y, and what its rounding lost; the method is T. J. Dekker's */
    Sum product(Long x, Long y)
    {
        auto const split = [] (Long v) -> Sum {
            Long const c    = v*4294967297.0L;  /* 2^32 + 1 */
            Long const high = c - (c - v);
            return { high, v - high };
        };

        Sum  const a = split(x), b = split(y);
        Long const p = x*y;

        return { p, ((a.high*b.high - p) + a.high*b.low + a.low*b.high) + a.low*b.low };
    }

    /* x + y, and what its rounding lost; the method is D. E. Knuth's */
    Sum sum(Long x, Long y)
    {
        Long const s = x + y;
        Long const t = s - x;
        return { s, (x - (s - t)) + (y - t) };
    }

    /* nearest integer, for numbers of moderate size */
    int nearest(Long x) { return int(x < 0 ? x - 0.5L : x + 0.5L); }

    /* e^x - 1 for |x| up to 1/2 */
    Long expm1_near_zero(Long x)
    {
        return x*series<20>(x, [] (unsigned n) { return INVERSE_FACTORIAL.value[n + 1]; });
    }

    constexpr Long LOG2_E  = 1.442695040888963407359924681001892137L,
                   LOG10_E = 0.434294481903251827651128918916605082L;

    /* results beyond do not fit anyway, and the integers of this file do */
    constexpr Long LIMIT = 20000;

    bool odd(double y) { return fabs(y) < 9007199254740992.0 && fmod(y, 2) != 0; }

    double pow_of_positive(double x, double y)
    {
        Sum const l = log_of(x);

        Long const estimate = l.high*y;
        if (estimate >  LIMIT) return INFINITY;
        if (estimate < -LIMIT) return 0;

        Sum const p = product(l.high, y);

        int exponent = 0;
        Long const result = exp_of({ p.high, p.low + l.low*y }, exponent);
        return scaled(result, exponent);
    }
}


Long Libc::exp_of(Sum x, int &exponent)
{
    exponent = nearest(x.high*LOG2_E);

    Long const rest = ((x.high - exponent*LN2_HIGH) - exponent*LN2_LOW) + x.low;

    return 1 + expm1_near_zero(rest);
}


Long Libc::expm1_of(Long x)
{
    if (absolute(x) < 0.5L)
        return expm1_near_zero(x);

    int exponent = 0;
    Long result = exp_of({ x, 0 }, exponent);

    for (; exponent > 0; exponent--) result *= 2;
    for (; exponent < 0; exponent++) result /= 2;

    return result - 1;
}


Sum Libc::log_of(Long x)
{
    /* x is m*2^k, with m near 1 */
    int k = 0;
    Long m = x;

    union { Long value; struct { uint64_t mantissa; uint16_t exponent; } parts; } bits { x };

    k = int(bits.parts.exponent) - 16382;
    bits.parts.exponent = 16382;
    m = bits.value;

    if (m < 0.707106781186547524400844L) {
        m *= 2;
        k--;
    }

    /* log m is 2*(s + s^3/3 + s^5/5 + ...) */
    Long const s = (m - 1)/(m + 1);

    Sum  const back = product(s, m + 1);
    Long const lost = (((m - 1) - back.high) - back.low)/(m + 1);

    Long const s2   = s*s;
    Long const tail = 2*s*s2*series<13>(s2, [] (unsigned n) { return 1/Long(2*n + 3); });

    Sum const high = sum(k*LN2_HIGH, 2*s);
    Sum const all  = sum(high.high, tail);

    return { all.high, all.low + high.low + k*LN2_LOW + 2*lost };
}


double exp(double x)
{
    if (isnan(x))    return x;
    if (x >  LIMIT)  return INFINITY;
    if (x < -LIMIT)  return 0;

    int exponent = 0;
    Long const result = exp_of({ x, 0 }, exponent);
    return scaled(result, exponent);
}


double exp2(double x)
{
    if (isnan(x))    return x;
    if (x >  LIMIT)  return INFINITY;
    if (x < -LIMIT)  return 0;

    int const exponent = nearest(x);
    return scaled(1 + expm1_near_zero((x - exponent)*LN2), exponent);
}


double expm1(double x)
{
    if (isnan(x) || x == 0) return x;
    if (x >  LIMIT)         return INFINITY;
    if (x < -LIMIT)         return -1;

    return x > 100 ? exp(x) : double(expm1_of(x));
}


namespace {

    /* the cases that logarithms have in common: zero, infinity, and what there is none of */
    template <typename FN>
    double logarithm(double x, FN const &fn)
    {
        if (isnan(x)) return x;
        if (x < 0)    return NAN;
        if (x == 0)   return -INFINITY;
        if (isinf(x)) return x;

        Sum const l = log_of(x);
        return double(fn(l));
    }
}


double log  (double x) { return logarithm(x, [] (Sum l) { return l.high + l.low; }); }
double log10(double x) { return logarithm(x, [] (Sum l) { return l.high*LOG10_E + l.low*LOG10_E; }); }


double log2(double x)
{
    int exponent = 0;
    if (x > 0 && frexp(x, &exponent) == 0.5)
        return exponent - 1;

    return logarithm(x, [] (Sum l) { return l.high*LOG2_E + l.low*LOG2_E; });
}


double log1p(double x)
{
    if (isnan(x) || x == 0) return x;
    if (x < -1)             return NAN;
    if (x == -1)            return -INFINITY;
    if (isinf(x))           return x;

    Long const u = 1 + Long(x);
    Sum  const l = log_of(u);
    return double(l.high + (l.low + (x - (u - 1))/u));
}


double pow(double x, double y)
{
    if (y == 0 || x == 1)     return 1;
    if (isnan(x) || isnan(y)) return NAN;

    double const magnitude = fabs(x);

    if (isinf(y)) {
        if (magnitude == 1) return 1;
        return (magnitude > 1) == (y > 0) ? INFINITY : 0;
    }

    bool const whole    = floor(y) == y;
    bool const negative = signbit(x) && whole && odd(y);

    double result = 0;

    if (magnitude == 0)      result = y < 0 ? INFINITY : 0;
    else if (isinf(x))       result = y < 0 ? 0 : INFINITY;
    else if (x < 0 && !whole) return NAN;
    else                     result = pow_of_positive(magnitude, y);

    return negative ? -result : result;
}


double cbrt(double x)
{
    if (x == 0 || !isfinite(x))
        return x;

    Long const a = absolute(x);
    Sum  const l = log_of(a);

    int exponent = 0;
    Long const mantissa = exp_of({ l.high/3, 0 }, exponent);
    Long root = mantissa;

    for (; exponent > 0; exponent--) root *= 2;
    for (; exponent < 0; exponent++) root /= 2;

    root -= (root - a/(root*root))/3;  /* one step of Newton's method */

    return x < 0 ? -double(root) : double(root);
}


double sinh(double x)
{
    if (x == 0 || !isfinite(x))
        return x;

    double const a = fabs(x);

    if (a > 800)
        return copysign(INFINITY, x);

    Long const t = expm1_of(a);
    return copysign(double((t + t/(t + 1))/2), x);
}


double cosh(double x)
{
    if (isnan(x))
        return x;

    double const a = fabs(x);

    if (a > 800)
        return INFINITY;

    Long const e = expm1_of(a) + 1;
    return double((e + 1/e)/2);
}


double tanh(double x)
{
    if (x == 0 || isnan(x))
        return x;

    double const a = fabs(x);

    if (a > 30)
        return copysign(1, x);

    Long const t = expm1_of(2*Long(a));
    return copysign(double(t/(t + 2)), x);
}

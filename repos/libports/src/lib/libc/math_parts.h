/*
 * What the mathematical functions have in common
 *
 * All of them compute in 'long double', whose mantissa has eleven bits more than that of
 * 'double', and round once at the end. The series are those of the textbook, applied where
 * they converge fast; their coefficients are computed by the compiler.
 */

#pragma once

#include <math.h>
#include <stdint.h>

/* the format of x87, other processors need other ways to take a number apart */
static_assert(__LDBL_MANT_DIG__ == 64);

namespace Libc {

    using Long = long double;

    /* value as the sum of two numbers, the second one small */
    struct Sum { Long high, low; };

    constexpr Long LN2 = 0.693147180559945309417232121458176568L;

    /* ln 2 in two parts: multiples of the first one by small integers are exact */
    constexpr Long LN2_HIGH = 0x162e42fefa39efp-53L,
                   LN2_LOW  = 0xd5e4f1d9cc01f97bp-119L;

    /*
     * Sum of coefficient(n)*x^n for n from 0 on, as many terms as it takes
     */
    template <unsigned TERMS>
    inline Long series(Long x, auto const &coefficient)
    {
        Long sum = 0;
        for (unsigned n = TERMS; n-- > 0; )
            sum = sum*x + coefficient(n);
        return sum;
    }

    /* 1/n! */
    template <unsigned N>
    struct Inverse_factorials
    {
        Long value[N];

        constexpr Inverse_factorials() : value()
        {
            Long factorial = 1;  /* exact up to 25! in 64 bits, as factors of two do not count */
            for (unsigned n = 0; n < N; n++) {
                value[n] = 1/factorial;
                factorial *= n + 1;
            }
        }
    };

    inline constexpr Inverse_factorials<26> INVERSE_FACTORIAL { };

    inline Long absolute(Long x) { return x < 0 ? -x : x; }

    /* x*2^exponent, rounded once */
    double scaled(Long x, int exponent);

    /* e^(x.high + x.low) without the power of two, which is added to 'exponent' */
    Long exp_of(Sum x, int &exponent);

    /* natural logarithm of a positive finite number */
    Sum log_of(Long x);

    Long expm1_of(Long x);
    Long sqrt_of(Long x);
    Long atan_of(Long x);

    /* x - quadrant*pi/2, between -pi/4 and pi/4 */
    Long reduced(double x, unsigned &quadrant);
}

/*
 * Exact decimal numbers, for conversions between binary and decimal
 *
 * A number is an array of limbs of nine decimal digits each, some before and some behind
 * the decimal point. Any floating-point number of type 'T' has an exact value in this form:
 * a power of two has finitely many decimal digits on either side.
 */

#pragma once

#include <stdint.h>

namespace Libc {

    template <typename T> struct Float_format;
    template <typename T> class  Decimal;
}


/* the value of a finite number is its mantissa, taken as integer, times 2^exponent */
template <> struct Libc::Float_format<float>
{
    enum { MANTISSA_BITS = __FLT_MANT_DIG__,  MAX_EXP = __FLT_MAX_EXP__, MIN_EXP = __FLT_MIN_EXP__ };
};

template <> struct Libc::Float_format<double>
{
    enum { MANTISSA_BITS = __DBL_MANT_DIG__,  MAX_EXP = __DBL_MAX_EXP__, MIN_EXP = __DBL_MIN_EXP__ };
};

template <> struct Libc::Float_format<long double>
{
    enum { MANTISSA_BITS = __LDBL_MANT_DIG__, MAX_EXP = __LDBL_MAX_EXP__, MIN_EXP = __LDBL_MIN_EXP__ };

    static_assert(MANTISSA_BITS <= 64);
};


template <typename T>
class Libc::Decimal
{
    public:

        /* exponent of the smallest number's last bit, which is the number of its decimals */
        static constexpr int MIN_BIT = Float_format<T>::MIN_EXP - Float_format<T>::MANTISSA_BITS;

        static constexpr int LIMB_DIGITS = 9;

    private:

        static constexpr uint32_t LIMB = 1000000000;

        /* before the point: room for 2^MAX_EXP times 2^32; log10(2) is less than 0.30104 */
        static constexpr int INTEGER  = (Float_format<T>::MAX_EXP + 32)*3011/10000/LIMB_DIGITS + 2,
                             FRACTION = -MIN_BIT/LIMB_DIGITS + 8,
                             LIMBS    = INTEGER + FRACTION;

        uint32_t _limb[LIMBS];

        /* limbs outside of this range are zero */
        int _first = INTEGER, _end = INTEGER;

        static constexpr uint32_t POWER[LIMB_DIGITS] {
            1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000 };

        static int _floor_div(int a, int b) { return (a - (a < 0 ? b - 1 : 0))/b; }

        /* index of the limb with the digit of value 10^position */
        static int _index(int position) { return INTEGER - 1 - _floor_div(position, LIMB_DIGITS); }

        static uint32_t _power(int position)
        {
            return POWER[position - _floor_div(position, LIMB_DIGITS)*LIMB_DIGITS];
        }

        void _include(int index)
        {
            while (_first > index) _limb[--_first] = 0;
            while (_end  <= index) _limb[_end++]   = 0;
        }

        void _trim()
        {
            while (_first < INTEGER && !_limb[_first])  _first++;
            while (_end > INTEGER && !_limb[_end - 1])  _end--;
        }

        bool _nonzero_from(int index) const
        {
            for (int i = index < _first ? _first : index; i < _end; i++)
                if (_limb[i])
                    return true;

            return false;
        }

        void _double_times(int bits)  /* at most 29 */
        {
            uint64_t carry = 0;

            for (int i = _end; i-- > _first; ) {
                uint64_t const v = (uint64_t(_limb[i]) << bits) + carry;
                _limb[i] = uint32_t(v % LIMB);
                carry    = v / LIMB;
            }
            while (carry) {
                _limb[--_first] = uint32_t(carry % LIMB);
                carry /= LIMB;
            }
            _trim();
        }

        void _halve_times(int bits)  /* at most 29 */
        {
            uint64_t rest = 0;

            for (int i = _first; i < _end || rest; i++) {

                if (i == LIMBS) {
                    truncated = true;
                    break;
                }
                if (i == _end)
                    _limb[_end++] = 0;

                uint64_t const v = rest*LIMB + _limb[i];
                _limb[i] = uint32_t(v >> bits);
                rest     = v & ((1ull << bits) - 1);
            }
            _trim();
        }

    public:

        /* a part of the value that is smaller than all limbs was left out */
        bool truncated = false;

        Decimal() { }

        explicit Decimal(uint64_t value)
        {
            for (; value; value /= LIMB)
                _limb[--_first] = uint32_t(value % LIMB);
        }

        bool zero() const { return !_nonzero_from(0); }

        /* multiply by 2^exponent */
        void scale(int exponent)
        {
            while (exponent) {
                int const step = exponent > 29 ? 29 : exponent < -29 ? -29 : exponent;

                if (step > 0)
                    _double_times(step);
                else
                    _halve_times(-step);

                exponent -= step;
            }
        }

        /* add 'digit' times 10^position, less than that of all digits added before */
        void add_digit(int digit, int position)
        {
            int const i = _index(position);

            if (i >= LIMBS) {
                truncated |= digit != 0;
                return;
            }
            if (!digit)
                return;

            _include(i);
            _limb[i] += uint32_t(digit)*_power(position);
        }

        int digit(int position) const
        {
            int const i = _index(position);

            return i < _first || i >= _end ? 0 : int(_limb[i]/_power(position) % 10);
        }

        /* position of the first digit that is not zero, 0 if there is none */
        int first_position() const
        {
            for (int i = _first; i < _end; i++) {

                if (!_limb[i])
                    continue;

                int position = (INTEGER - 1 - i)*LIMB_DIGITS;
                for (uint32_t v = _limb[i]; v >= 10; v /= 10)
                    position++;

                return position;
            }
            return 0;
        }

        /* round to a multiple of 10^position, halves towards an even digit */
        void round(int position)
        {
            if (_index(position - 1) >= _end)
                return;  /* there is nothing behind */

            int const below = digit(position - 1);
            int const j     = _index(position - 1);

            bool const more = j < _first ? _nonzero_from(0)
                            : _limb[j] % _power(position - 1) || _nonzero_from(j + 1);

            bool const up = below > 5 || (below == 5 && (more || digit(position) % 2));

            /* clear what is behind */
            int const i = _index(position);

            _include(i);
            _limb[i] -= _limb[i] % _power(position);
            _end = i + 1 > INTEGER ? i + 1 : INTEGER;
            for (int k = i + 1; k < _end; k++)
                _limb[k] = 0;

            if (up) {
                uint64_t carry = _power(position);

                for (int k = i; carry; k--) {
                    _include(k);
                    uint64_t const v = _limb[k] + carry;
                    _limb[k] = uint32_t(v % LIMB);
                    carry    = v / LIMB;
                }
            }
            _trim();
        }

        /* the part before the point, if it is less than 10^18, else this value */
        static constexpr uint64_t LARGE = ~0ull;

        uint64_t integer() const
        {
            uint64_t value = 0;

            for (int i = _first; i < INTEGER; i++) {
                if (value >= LIMB)
                    return LARGE;
                value = value*LIMB + _limb[i];
            }
            return value;
        }

        void remove_integer()
        {
            if (_first < INTEGER)
                _first = INTEGER;
        }

        /* the part behind the point compared with 1/2: -1, 0, or 1 */
        int compare_fraction_with_half() const
        {
            uint32_t const first = _end > INTEGER && _first <= INTEGER ? _limb[INTEGER] : 0;

            if (first != LIMB/2)
                return first < LIMB/2 ? -1 : 1;

            return _nonzero_from(INTEGER + 1) || truncated ? 1 : 0;
        }

        bool fraction() const { return truncated || _nonzero_from(INTEGER); }
};

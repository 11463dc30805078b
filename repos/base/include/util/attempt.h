/*
 * A value, or the reason why there is none
 *
 * There are no exceptions. A function that may fail returns an 'Attempt'. 'with'
 * and 'value_or' make the caller say what happens otherwise. 'value' and 'error'
 * are for use after 'ok' was asked; whoever is wrong about it faults.
 */

#pragma once

#include <base/result.h>

namespace Genode { template <typename T, typename E = Result> class Attempt; }


template <typename T, typename E>
class [[nodiscard]] Genode::Attempt
{
    private:

        bool _ok;
        union { T _value; E _error; };

        static_assert(__is_trivially_copyable(T), "an attempt holds plain values only");

    public:

        Attempt(T value) : _ok(true),  _value(value) { }
        Attempt(E error) : _ok(false), _error(error) { }

        bool ok() const { return _ok; }

        /* call 'ok_fn' with the value or 'err_fn' with the error, return what it returns */
        auto with(auto const &ok_fn, auto const &err_fn) const
        {
            return _ok ? ok_fn(_value) : err_fn(_error);
        }

        T value_or(T other) const { return _ok ? _value : other; }
        E error_or(E other) const { return _ok ? other : _error; }

        T value() const { if (!_ok) __builtin_trap(); return _value; }
        E error() const { if ( _ok) __builtin_trap(); return _error; }
};

/*
 * Fixed-width integers and the few helpers that every header needs
 *
 * The compiler's own type macros are used, so that no header from outside of
 * this source tree takes part in a build.
 */

#pragma once

namespace Genode {

    using uint8_t  = __UINT8_TYPE__;
    using uint16_t = __UINT16_TYPE__;
    using uint32_t = __UINT32_TYPE__;
    using int8_t   = __INT8_TYPE__;
    using int16_t  = __INT16_TYPE__;
    using int32_t  = __INT32_TYPE__;
    using size_t   = __SIZE_TYPE__;
    using addr_t   = __UINTPTR_TYPE__;

    /*
     * 'long' for compilers of hosts and 'long long' for those of bare machines
     * would make different symbols of one function.
     */
    using uint64_t = unsigned long;
    using int64_t  = long;

    static_assert(sizeof(uint64_t) == 8 && sizeof(int64_t) == 8);

    static constexpr size_t PAGE_SIZE = 4096;

    constexpr size_t page_aligned(size_t bytes)
    {
        return (bytes + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    }

    template <typename T> constexpr T min(T a, T b) { return a < b ? a : b; }
    template <typename T> constexpr T max(T a, T b) { return a > b ? a : b; }

    /* base class of everything whose identity matters */
    struct Noncopyable
    {
        Noncopyable() = default;
        Noncopyable(Noncopyable const &) = delete;
        Noncopyable &operator = (Noncopyable const &) = delete;
    };
}

/* construction at a given place, as the language requires it to be declared */
inline void *operator new (__SIZE_TYPE__, void *at) noexcept { return at; }

/*
 * Strings of bounded size, and reading numbers from text
 */

#pragma once

#include <base/output.h>
#include <util/attempt.h>

extern "C" {

    /* the compiler refers to these on its own account */
    void  *memcpy(void *, void const *, Genode::size_t);
    void  *memmove(void *, void const *, Genode::size_t);
    void  *memset(void *, int, Genode::size_t);
    int    memcmp(void const *, void const *, Genode::size_t);
    Genode::size_t strlen(char const *);
}

namespace Genode {

    template <size_t> class String;

    /* output into memory, what does not fit is left out */
    class Buffer_output;

    /* the text as decimal number, NOT_FOUND if it is none or is too large */
    Attempt<uint64_t> parse_unsigned(Text);

    /* the same with one of the suffixes K, M, G for powers of 1024 */
    Attempt<uint64_t> parse_bytes(Text);

    /*
     * Copy a text into an array, zero-terminated, false if it had to be cut
     *
     * The rest of the array is zeroed so that no old content leaks.
     */
    template <size_t N>
    bool copy_text(char (&dst)[N], Text src);

    /* true if an array received from elsewhere is zero-terminated */
    template <size_t N>
    bool terminated(char const (&text)[N])
    {
        for (char c : text)
            if (!c)
                return true;

        return false;
    }
}


class Genode::Buffer_output : public Output
{
    private:

        char  *_dst;
        size_t _capacity, _len = 0;
        bool   _complete = true;

    public:

        Buffer_output(char *dst, size_t capacity) : _dst(dst), _capacity(capacity) { }

        void write(char const *text, size_t len) override
        {
            size_t const n = min(len, _capacity - _len);

            memcpy(_dst + _len, text, n);
            _len += n;

            if (n < len)
                _complete = false;
        }

        size_t len()      const { return _len; }
        bool   complete() const { return _complete; }
};


/*
 * String of up to 'CAPACITY - 1' characters, zero-terminated
 *
 * It is built from anything printable: String<64> s("child ", 3).
 */
template <Genode::size_t CAPACITY>
class Genode::String
{
    private:

        char   _buf[CAPACITY] { };
        size_t _len = 0;

    public:

        String() { }

        template <typename... ARGS>
        String(ARGS const &... args) requires (sizeof...(ARGS) > 0)
        {
            Buffer_output out(_buf, CAPACITY - 1);
            Genode::print(out, args...);
            _len = out.len();
        }

        char const *c_str() const { return _buf; }
        size_t      len()   const { return _len; }
        bool        empty() const { return _len == 0; }

        operator Text() const { return Text(_buf, _len); }

        template <size_t N>
        bool operator == (String<N> const &other) const { return Text(*this) == Text(other); }
        bool operator == (char const *other)      const { return Text(*this) == Text(other); }
        bool operator == (Text other)             const { return Text(*this) == other; }

        void print(Output &out) const { out.write(_buf, _len); }
};


template <Genode::size_t N>
bool Genode::copy_text(char (&dst)[N], Text src)
{
    size_t const n = min(src.len(), N - 1);

    memcpy(dst, src.start(), n);
    memset(dst + n, 0, N - n);

    return n == src.len();
}

/*
 * From values to text
 *
 * 'print(output, a, b, c)' writes each argument to an 'Output'. A class becomes
 * printable by a method 'void print(Output &) const'.
 */

#pragma once

#include <base/types.h>

namespace Genode {

    struct Output;
    class  Hex;
    class  Char;
    class  Text;
}


struct Genode::Output : Noncopyable
{
    virtual void write(char const *text, size_t len) = 0;
};


/* hexadecimal number */
class Genode::Hex
{
    public:

        enum Prefix { PREFIX, NO_PREFIX };
        enum Pad    { NO_PAD, PAD };

    private:

        uint64_t _value;
        size_t   _digits;  /* minimum */
        Prefix   _prefix;

    public:

        /* 'PAD' fills up with zeros according to the size of the type */
        template <typename T>
        explicit Hex(T value, Prefix prefix = PREFIX, Pad pad = NO_PAD)
        :
            _value(sizeof(T) == 8 ? uint64_t(value)
                                  : uint64_t(value) & ((1ull << (8*sizeof(T)%64)) - 1)),
            _digits(pad == PAD ? 2*sizeof(T) : 1),
            _prefix(prefix)
        { }

        void print(Output &) const;
};


/* single character, as opposed to a small number */
class Genode::Char
{
    private:

        char _c;

    public:

        explicit Char(char c) : _c(c) { }

        void print(Output &out) const { out.write(&_c, 1); }
};


/* text that need not be zero-terminated */
class Genode::Text
{
    private:

        char const *_start;
        size_t      _len;

    public:

        Text(char const *start, size_t len) : _start(start), _len(len) { }

        /* zero-terminated text */
        Text(char const *text) : _start(text), _len(__builtin_strlen(text)) { }

        char const *start() const { return _start; }
        size_t      len()   const { return _len; }

        bool operator == (Text const &other) const
        {
            return _len == other._len && !__builtin_memcmp(_start, other._start, _len);
        }

        void print(Output &out) const { out.write(_start, _len); }
};


namespace Genode {

    void print(Output &, char const *);
    void print(Output &, void const *);
    void print(Output &, bool);
    void print(Output &, long long);
    void print(Output &, unsigned long long);

    inline void print(Output &out, char *s)          { print(out, static_cast<char const *>(s)); }
    inline void print(Output &out, char c)           { print(out, (long long)c); }
    inline void print(Output &out, signed char v)    { print(out, (long long)v); }
    inline void print(Output &out, short v)          { print(out, (long long)v); }
    inline void print(Output &out, int v)            { print(out, (long long)v); }
    inline void print(Output &out, long v)           { print(out, (long long)v); }
    inline void print(Output &out, unsigned char v)  { print(out, (unsigned long long)v); }
    inline void print(Output &out, unsigned short v) { print(out, (unsigned long long)v); }
    inline void print(Output &out, unsigned v)       { print(out, (unsigned long long)v); }
    inline void print(Output &out, unsigned long v)  { print(out, (unsigned long long)v); }

    template <typename T>
    void print(Output &out, T const &object) requires requires { object.print(out); }
    {
        object.print(out);
    }

    template <typename FIRST, typename SECOND, typename... REST>
    void print(Output &out, FIRST const &first, SECOND const &second, REST const &... rest)
    {
        print(out, first);
        print(out, second, rest...);
    }
}

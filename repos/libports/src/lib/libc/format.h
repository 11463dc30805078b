/*
 * Formatted output, independent of where it goes
 */

#pragma once

#include <stdarg.h>
#include <stddef.h>

namespace Libc {

    struct Sink { virtual void write(char const *, size_t) = 0; };

    /* what stands between '%' and the letter of a conversion */
    struct Specification
    {
        bool left, plus, space, alternative, zero;

        int  width;
        int  precision;     /* -1 if not given */
        char conversion;

        bool upper() const { return conversion >= 'A' && conversion <= 'Z'; }
    };

    class Formatter;

    /* the number of characters, or -1 and 'errno' for a conversion that there is none of */
    int format(Sink &, char const *, va_list);
}


class Libc::Formatter
{
    private:

        Sink  &_sink;
        size_t _count = 0;

    public:

        explicit Formatter(Sink &sink) : _sink(sink) { }

        size_t count() const { return _count; }

        void write(char const *text, size_t len)
        {
            _sink.write(text, len);
            _count += len;
        }

        void put(char c) { write(&c, 1); }

        void repeat(char c, size_t n)
        {
            while (n--)
                put(c);
        }

        /*
         * Padding around 'len' characters that 'fn' writes, zeros come behind the prefix
         */
        void padded(Specification const &spec, char const *prefix, size_t prefix_len,
                    size_t len, bool zeros, auto const &fn)
        {
            size_t const total = prefix_len + len;
            size_t const pad   = spec.width > 0 && size_t(spec.width) > total
                               ? size_t(spec.width) - total : 0;

            if (!spec.left && !zeros)
                repeat(' ', pad);

            write(prefix, prefix_len);

            if (!spec.left && zeros)
                repeat('0', pad);

            fn();

            if (spec.left)
                repeat(' ', pad);
        }

        void number(Specification const &, double);
        void number(Specification const &, long double);
};

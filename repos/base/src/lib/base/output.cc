/*
 * Printing of the built-in types
 */

#include <base/output.h>

using namespace Genode;

namespace {

    /* digits are produced from the last one on, 64 bits have at most 20 decimal ones */
    struct Digits
    {
        char   buf[20];
        size_t start = sizeof(buf);

        Digits(uint64_t value, unsigned base, size_t at_least)
        {
            do {
                buf[--start] = "0123456789abcdef"[value % base];
                value /= base;
            } while (value || sizeof(buf) - start < at_least);
        }

        void print(Output &out) const { out.write(buf + start, sizeof(buf) - start); }
    };
}


void Hex::print(Output &out) const
{
    if (_prefix == PREFIX)
        out.write("0x", 2);

    Digits(_value, 16, _digits).print(out);
}


void Genode::print(Output &out, char const *text)
{
    if (!text)
        text = "<null>";

    out.write(text, __builtin_strlen(text));
}


void Genode::print(Output &out, void const *ptr)
{
    Hex(reinterpret_cast<addr_t>(ptr)).print(out);
}


void Genode::print(Output &out, bool value)
{
    print(out, value ? "true" : "false");
}


void Genode::print(Output &out, unsigned long long value)
{
    Digits(value, 10, 1).print(out);
}


void Genode::print(Output &out, long long value)
{
    if (value < 0)
        out.write("-", 1);

    /* negation in unsigned arithmetic is defined for the smallest number, too */
    uint64_t const magnitude = value < 0 ? 0 - uint64_t(value) : uint64_t(value);

    Digits(magnitude, 10, 1).print(out);
}

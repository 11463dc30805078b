/*
 * Test of text output
 */

#include <base/component.h>
#include <base/log.h>

using namespace Genode;


/* a class becomes printable by a method */
struct Range
{
    uint64_t start, size;

    void print(Output &out) const
    {
        Genode::print(out, "[", Hex(start), ",", Hex(start + size), ")");
    }
};


void Component::construct(Env &)
{
    log("unsigned:        ", 0u, " ", 42u, " ", ~0ull);
    log("signed:          ", 0, " ", -1, " ", int64_t(1ull << 63));
    log("small numbers:   ", uint8_t(200), " ", int8_t(-100), " ", 'A');
    log("character:       ", Char('A'));
    log("hexadecimal:     ", Hex(0x1234abcd), " ", Hex(int8_t(-2)), " ", Hex(~0ull));
    log("without prefix:  ", Hex(0xbeef, Hex::NO_PREFIX));
    log("padded:          ", Hex(uint16_t(0x2f), Hex::PREFIX, Hex::PAD));
    log("truth:           ", true, " ", false);
    log("pointer:         ", reinterpret_cast<void *>(0x1000));
    log("null text:       ", static_cast<char const *>(nullptr));
    log("own type:        ", Range { 0x1000, 0x680 });
    log("string:          ", String<32>("child ", 3, " -> ", Hex(7)));
    log("cut string:      ", String<9>("abcdefghijkl"));
    log("number parsing:  ", parse_bytes("16K").value_or(0), " ",
                             parse_unsigned("18446744073709551615").value_or(0), " ",
                             parse_unsigned("18446744073709551616").ok(), " ",
                             parse_unsigned("1x").ok());
    log("two lines in one call:\nsecond line");
    log("");

    /* a line is limited by nothing but the reader's patience */
    {
        Log_line line;
        print(line, "long line: <");
        for (unsigned i = 0; i < 600; i++)
            print(line, i % 10);
        print(line, ">");
    }

    warning("a warning looks like this");
    error("an error looks like this");

    log("Test done.");
}

/*
 * Reading XML
 *
 * 'Xml_node::parse' checks a whole document once. The nodes refer to the
 * document's text, nothing is copied or allocated. Supported is what a
 * configuration needs: elements, attributes, comments, character data, CDATA
 * sections, processing instructions, and the five predefined entities.
 * Document type declarations are refused.
 */

#pragma once

#include <util/string.h>

namespace Genode {

    class  Xml_node;
    struct Xml_error;
}


/* why and where (line, counted from 1) a document is not well-formed */
struct Genode::Xml_error
{
    char const *reason;
    unsigned    line;

    void print(Output &out) const { Genode::print(out, "line ", line, ": ", reason); }
};


class Genode::Xml_node
{
    private:

        struct Parser;

        Text _text       { "" };   /* the whole element */
        Text _name       { "" };
        Text _attributes { "" };   /* between name and the end of the start tag */
        Text _content    { "" };   /* between start tag and end tag */

        Attempt<Text> _attribute(Text name) const;

        static void _print_decoded(Output &, Text);

    public:

        static constexpr unsigned MAX_DEPTH = 64;

        static Attempt<Xml_node, Xml_error> parse(Text document);

        Text name()    const { return _name; }
        Text content() const { return _content; }

        /* the element as it stands in the document */
        Text text() const { return _text; }

        bool has_type(Text type) const { return _name == type; }

        bool has_attribute(Text name) const { return _attribute(name).ok(); }

        /* attribute as text with entities decoded, 'fallback' if absent */
        template <typename STRING>
        STRING attribute(Text name, STRING const &fallback) const
        {
            return _attribute(name).with(
                [&] (Text raw) { return STRING(Decoded { raw }); },
                [&] (Result)   { return fallback; });
        }

        /* attribute as number, 'fallback' if absent or not a number */
        uint64_t number(Text name, uint64_t fallback) const
        {
            return _attribute(name).with(
                [&] (Text raw) { return parse_unsigned(raw).value_or(fallback); },
                [&] (Result)   { return fallback; });
        }

        /* attribute as amount of memory, e.g., "10M" */
        uint64_t bytes(Text name, uint64_t fallback) const
        {
            return _attribute(name).with(
                [&] (Text raw) { return parse_bytes(raw).value_or(fallback); },
                [&] (Result)   { return fallback; });
        }

        /* call 'fn' for each child, in the order of the document */
        void for_each_child(auto const &fn) const
        {
            Text rest = _content;
            for (Xml_node child; _next_child(rest, child); )
                fn(static_cast<Xml_node const &>(child));
        }

        void for_each_child(Text type, auto const &fn) const
        {
            for_each_child([&] (Xml_node const &child) {
                if (child.has_type(type))
                    fn(child); });
        }

        /* call 'fn' for the first child of the given type, if any */
        void with_child(Text type, auto const &fn) const
        {
            Text rest = _content;
            for (Xml_node child; _next_child(rest, child); )
                if (child.has_type(type)) {
                    fn(static_cast<Xml_node const &>(child));
                    return;
                }
        }

    private:

        struct Decoded
        {
            Text raw;
            void print(Output &out) const { _print_decoded(out, raw); }
        };

        static bool _next_child(Text &rest, Xml_node &out);
};

/*
 * Reading XML: nodes on top of the parser
 */

#include <xml_parser.h>

using namespace Genode;


Attempt<Xml_node, Xml_error> Xml_node::parse(Text document)
{
    Parser   p(document);
    Xml_node node;

    if (p.skip_misc() && p.parse_element(node, 1) && p.skip_misc() && p.pos == p.end)
        return node;

    unsigned line = 1;
    for (char const *c = document.start(); c < p.pos; c++)
        line += *c == '\n';

    return Xml_error { p.error ? p.error : "text after the end of the document", line };
}


bool Xml_node::_next_child(Text &rest, Xml_node &out)
{
    Parser p(rest);

    bool const found = p.skip_text() && p.pos < p.end && p.parse_element(out, 1);

    rest = p.rest();
    return found;
}


Attempt<Text> Xml_node::_attribute(Text wanted) const
{
    Parser p(_attributes);

    for (Text name(""), value(""); p.skip_space() && p.parse_attribute(name, value); )
        if (name == wanted)
            return value;

    return Result::NOT_FOUND;
}


void Xml_node::_print_decoded(Output &out, Text raw)
{
    char const *const end = raw.start() + raw.len();

    for (char const *pos = raw.start(); pos < end; ) {

        Xml::Entity const *const e = Xml::entity_at(Text(pos, size_t(end - pos)));

        out.write(e ? &e->c : pos, 1);
        pos += e ? strlen(e->text) : 1;
    }
}

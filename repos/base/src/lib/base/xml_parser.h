/*
 * Parser for XML
 *
 * The grammar follows "Extensible Markup Language (XML) 1.0", of which the
 * parts named in 'util/xml.h' are implemented.
 */

#pragma once

#include <util/xml.h>

namespace Genode::Xml {

    struct Entity { char const *text; char c; };

    inline constexpr Entity entities[] = {
        { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' } };

    inline bool starts_with(Text text, Text prefix)
    {
        return text.len() >= prefix.len() && Text(text.start(), prefix.len()) == prefix;
    }

    inline Entity const *entity_at(Text text)
    {
        for (Entity const &e : entities)
            if (starts_with(text, e.text))
                return &e;

        return nullptr;
    }

    inline bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

    inline bool name_char(char c)
    {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
             || c == '_' || c == '-' || c == '.' || c == ':' || (c & 0x80);
    }

    inline bool name_start(char c)
    {
        return name_char(c) && c != '-' && c != '.' && !(c >= '0' && c <= '9');
    }
}


/*
 * Recursive descent, stops at the first error and stays there
 */
struct Genode::Xml_node::Parser
{
    char const       *pos;
    char const *const end;
    char const       *error = nullptr;

    explicit Parser(Text text) : pos(text.start()), end(text.start() + text.len()) { }

    Text rest() const { return Text(pos, size_t(end - pos)); }

    bool fail(char const *reason)
    {
        if (!error)
            error = reason;
        return false;
    }

    bool at(Text token) const { return Xml::starts_with(rest(), token); }

    bool take(Text token)
    {
        if (!at(token))
            return false;

        pos += token.len();
        return true;
    }

    bool skip_space()
    {
        char const *const start = pos;
        while (pos < end && Xml::space(*pos))
            pos++;
        return pos > start;
    }

    bool skip_behind(Text token, char const *reason)
    {
        char const *const start = pos;
        for (; pos < end; pos++)
            if (take(token))
                return true;

        pos = start;   /* the place to blame is where the construct begins */
        return fail(reason);
    }

    bool parse_name(Text &out, char const *reason)
    {
        char const *const start = pos;

        if (pos == end || !Xml::name_start(*pos))
            return fail(reason);

        while (pos < end && Xml::name_char(*pos))
            pos++;

        out = Text(start, size_t(pos - start));
        return true;
    }

    bool check_entity()
    {
        return Xml::entity_at(rest()) ? true : fail("unknown entity");
    }

    bool parse_attribute(Text &name, Text &value)
    {
        if (!parse_name(name, "attribute name expected"))
            return false;

        skip_space();
        if (!take("="))
            return fail("'=' expected after attribute name");
        skip_space();

        char const quote = pos < end ? *pos : 0;
        if (quote != '"' && quote != '\'')
            return fail("quoted attribute value expected");

        char const *const start = ++pos;

        for (; pos < end && *pos != quote; pos++) {
            if (*pos == '<')
                return fail("'<' within attribute value");
            if (*pos == '&' && !check_entity())
                return false;
        }
        if (pos == end)
            return fail("attribute value lacks its closing quote");

        value = Text(start, size_t(pos - start));
        pos++;
        return true;
    }

    static bool has_attribute(Text attributes, Text wanted)
    {
        Parser p(attributes);
        for (Text name(""), value(""); p.skip_space() && p.parse_attribute(name, value); )
            if (name == wanted)
                return true;

        return false;
    }

    /* comment, processing instruction or CDATA section */
    bool skip_special(bool &found)
    {
        found = true;
        if (take("<!--"))      return skip_behind("-->", "comment is not closed");
        if (take("<?"))        return skip_behind("?>",  "processing instruction is not closed");
        if (take("<![CDATA[")) return skip_behind("]]>", "CDATA section is not closed");
        if (at("<!"))          return fail("declarations are not supported");
        found = false;
        return true;
    }

    /* skip character data and the like, up to a tag or the end */
    bool skip_text()
    {
        while (pos < end) {

            if (*pos == '<') {
                bool special = false;
                if (!skip_special(special))
                    return false;
                if (!special)
                    return true;
                continue;
            }
            if (*pos == '&' && !check_entity())
                return false;

            pos++;
        }
        return true;
    }

    bool parse_start_tag(Xml_node &out, bool &empty)
    {
        if (!take("<") || !parse_name(out._name, "element name expected"))
            return fail("element expected");

        char const *const start = pos;

        for (;;) {
            bool        const spaced    = skip_space();
            Text        const attributes(start, size_t(pos - start));
            char const *const tag_end   = pos;

            empty = at("/>");
            if (take("/>") || take(">")) {
                out._attributes = Text(start, size_t(tag_end - start));
                return true;
            }
            if (pos == end)
                return fail("start tag is not closed");
            if (!spaced)
                return fail("space expected within start tag");

            Text name(""), value("");
            if (!parse_attribute(name, value))
                return false;

            if (has_attribute(attributes, name))
                return fail("attribute occurs twice");
        }
    }

    bool parse_element(Xml_node &out, unsigned depth)
    {
        char const *const element = pos;

        if (depth > MAX_DEPTH)
            return fail("elements are nested too deeply");

        bool empty = false;

        if (!parse_start_tag(out, empty))
            return false;

        if (empty)
            out._content = Text(pos, 0);
        else if (!parse_content(out, depth))
            return false;

        out._text = Text(element, size_t(pos - element));
        return true;
    }

    /* up to and including the end tag */
    bool parse_content(Xml_node &out, unsigned depth)
    {
        char const *const start = pos;

        for (;;) {
            if (!skip_text())
                return false;
            if (pos == end)
                return fail("element lacks its end tag");

            char const *const content_end = pos;

            if (take("</")) {
                Text name("");
                if (!parse_name(name, "element name expected in end tag"))
                    return false;
                if (!(name == out._name))
                    return fail("end tag does not match the start tag");
                skip_space();
                if (!take(">"))
                    return fail("end tag is not closed");

                out._content = Text(start, size_t(content_end - start));
                return true;
            }

            Xml_node child;
            if (!parse_element(child, depth + 1))
                return false;
        }
    }

    /* space and specials, as allowed before and after the document's element */
    bool skip_misc()
    {
        for (bool special = true; special; ) {
            skip_space();
            if (!skip_special(special))
                return false;
        }
        return true;
    }
};

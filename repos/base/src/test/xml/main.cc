/*
 * Test of the XML reader: what it accepts, what it refuses, and how it is used
 */

#include <base/component.h>
#include <base/log.h>
#include <util/xml.h>

using namespace Genode;

namespace {

    /* print the structure of an element: name(children) */
    struct Structure
    {
        Xml_node const &node;

        void print(Output &out) const
        {
            Genode::print(out, node.name());

            bool first = true;
            node.for_each_child([&] (Xml_node const &child) {
                Genode::print(out, first ? "(" : " ", Structure { child });
                first = false; });

            if (!first)
                Genode::print(out, ")");
        }
    };

    void show(char const *document)
    {
        Xml_node::parse(document).with(
            [&] (Xml_node const &node)   { log("accepted ", Structure { node }); },
            [&] (Xml_error const &error) { log("refused, ", error); });
    }

    /* element within element, 'depth' times */
    void show_nested(unsigned depth)
    {
        static char buf[4096];

        Buffer_output out(buf, sizeof(buf));
        for (unsigned i = 0; i < depth; i++) print(out, "<e>");
        for (unsigned i = 0; i < depth; i++) print(out, "</e>");

        bool const accepted = Xml_node::parse(Text(buf, out.len())).ok();
        log("nesting of ", depth, " elements: ", accepted ? "accepted" : "refused");
    }

    void show_attributes()
    {
        Xml_node const node = Xml_node::parse(
            "<node text='a &lt;b&gt; &amp; \"c\"' quote=\"it's\" empty='' number='42'"
            " word='4x' large='18446744073709551616' size='16K' bytes = '3M'\n\tlast='x'/>")
            .value_or(Xml_node());

        using Value = String<32>;

        log("text:    ", node.attribute("text",   Value()));
        log("quote:   ", node.attribute("quote",  Value()));
        log("empty:   ", node.has_attribute("empty"), " '",
                         node.attribute("empty", Value("x")), "'");
        log("absent:  ", node.has_attribute("absent"), " ",
                         node.attribute("absent", Value("none")));
        log("number:  ", node.number("number", 1));
        log("word:    ", node.number("word", 1));
        log("large:   ", node.number("large", 1));
        log("sizes:   ", node.bytes("size", 0), " ", node.bytes("bytes", 0), " ",
                         node.bytes("word", 7));
        log("last:    ", node.attribute("last", Value()));
    }

    void show_content()
    {
        Xml_node const node = Xml_node::parse(
            "<a><b>one</b><!-- <b>no</b> --><c/><b x='1'>two</b></a>").value_or(Xml_node());

        node.for_each_child("b", [&] (Xml_node const &b) {
            log("content: ", b.content(), ", text: ", b.text()); });

        node.with_child("b", [&] (Xml_node const &b) { log("first:   ", b.content()); });
    }
}


void Component::construct(Env &env)
{
    log("--- well-formed ---");
    show("<a/>");
    show("<a></a>");
    show("  <a> <b/> text <c > <d/></c ></a>\n<!-- end -->\n");
    show("<?xml version=\"1.0\"?>\n<a><?note <x> ?><![CDATA[ <y> ]]><b/></a>");
    show("<a>&amp; &lt;</a>");
    show("<ns:a-b_c.d1/>");

    log("--- not well-formed ---");
    show("");
    show("text");
    show("<a>");
    show("<a>\n<b>\n</a>");
    show("<a></b>");
    show("<a/><b/>");
    show("<a/> text");
    show("<a\n x=1/>");
    show("<a x='1' x='2'/>");
    show("<a x='1'y='2'/>");
    show("<a x='<'/>");
    show("<a x='1/>");
    show("<a x/>");
    show("<a");
    show("<1a/>");
    show("<a>&unknown;</a>");
    show("<a x='&'/>");
    show("<a>\n\n<!-- comment </a>");
    show("<!DOCTYPE a><a/>");
    show("<a></a");

    log("--- limits ---");
    show_nested(Xml_node::MAX_DEPTH);
    show_nested(Xml_node::MAX_DEPTH + 1);

    log("--- access ---");
    show_attributes();
    show_content();

    log("Test done.");
    env.parent().exit(0);
}

"""Both syntaxes of configurations: places, layout, conversion, edits; nothing gets lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genode_tool.config import Document, Node, Syntax, read_document
from genode_tool.config.syntax import edit as edits
from genode_tool.config.syntax.document import Comment, Malformed, Span, TextBlock
from genode_tool.config.syntax.node_path import parse_path
from genode_tool.config.syntax.write import document_text, node_text
from genode_tool.errors import GenodeError, Location, UserError

XML = """<!-- on top -->
<config verbose="yes">
\t<!-- about a -->
\t<start name="a"
\t       ram="1M"/> <!-- beside -->
\t<!-- <start name="off"> <binary name="x"/> </start> -->
\t<inline>
\t\tfirst
\t\t  second &amp; last
\t</inline>
</config>
"""

HID = """config | verbose: yes
. on top
+ start a | ram: 1M   | + route | + any-service | + parent
+ start b | ram: 100M | caps: 1   | . beside
  .
  . about b
  x binary prog
  + route
  | + service ROM | label: x | + parent
  | + service Gui            | + child wm
  + arg
    : while true; do
    :   echo a | cat; done
-
what follows the end mark is ignored
"""


def convert(document: Document, syntax: Syntax) -> Document:
    return read_document(document_text(document, syntax), "converted")


def find(document: Document, path: str) -> Node:
    (node,) = parse_path(path).find(document.root)
    return node


def test_xml_has_the_places_of_attributes() -> None:
    document = read_document(XML, "a.xml")
    start = find(document, "config | + start a")
    assert start.location == Location("a.xml", 4, 2)
    assert start.place_of("ram") == Location("a.xml", 5, 9)
    off = find(document, "config | + start off")
    assert off.disabled
    assert off.location == Location("a.xml", 6, 7)
    assert [node.get("name") for node in document.root.named("start")] == ["a"]


def test_xml_text_loses_the_indentation_that_its_lines_share() -> None:
    inline = find(read_document(XML, "a"), "config | + inline")
    assert [one.lines for one in inline.items if isinstance(one, TextBlock)] == [
        ("first", "  second & last")
    ]


def test_hid_has_places_and_owners_by_columns() -> None:
    document = read_document(HID, "a.hid")
    gui = find(document, "config | + start b | + route | + service Gui")
    assert gui.location == Location("a.hid", 10, 7)
    assert gui.place_of("name") == Location("a.hid", 10, 15)
    child = find(document, "config | + start b | + route | + service Gui | + child wm")
    assert child.location.column == 34
    assert find(document, "config | + start b | + binary prog").disabled
    arg = find(document, "config | + start b | + arg")
    assert [one.lines for one in arg.items if isinstance(one, TextBlock)] == [
        ("while true; do", "  echo a | cat; done")
    ]
    caps = find(document, "config | + start b").attribute("caps")
    assert caps is not None
    assert caps.note == "beside"


def test_the_layout_of_hid() -> None:
    assert document_text(read_document(HID, "a"), Syntax.HID) == (
        "config | verbose: yes\n"
        ". on top\n"
        "+ start a | ram: 1M\n"
        "  + route\n"
        "    + any-service\n"
        "      + parent\n"
        "+ start b\n"
        "  |     ram:  100M\n"
        "  |     caps: 1 | . beside\n"
        "  .\n"
        "  . about b\n"
        "  x binary prog\n"
        "  + route\n"
        "  | + service ROM | label: x\n"
        "  | | + parent\n"
        "  | + service Gui\n"
        "  |   + child wm\n"
        "  + arg\n"
        "    : while true; do\n"
        "    :   echo a | cat; done\n"
        "-\n"
    )


def test_the_layout_of_xml_and_its_comments_in_hid() -> None:
    document = read_document(XML, "a")
    assert document_text(document, Syntax.XML).splitlines()[:4] == [
        "<!-- on top -->",
        '<config verbose="yes">',
        "\t<!-- about a -->",
        '\t<start name="a" ram="1M"/>',
    ]
    assert document_text(document, Syntax.HID) == (
        "config | verbose: yes\n"
        ". on top\n"
        "+ start a\n"
        "        ram: 1M | . beside\n"
        "  . about a\n"
        "x start off\n"
        "  + binary x\n"
        "+ inline\n"
        "  : first\n"
        "  :   second & last\n"
        "-\n"
    )


@pytest.mark.parametrize("text", [XML, HID])
@pytest.mark.parametrize("syntax", list(Syntax))
def test_no_comment_gets_lost(text: str, syntax: Syntax) -> None:
    written = document_text(read_document(text, "a"), syntax)
    for words in ("on top", "beside"):
        assert words in written
    assert re.search("about [ab]", written)


@pytest.mark.parametrize("text", [XML, HID])
def test_writing_and_converting_keep_the_meaning(text: str) -> None:
    document = read_document(text, "a")
    for syntax in Syntax:
        again = convert(document, syntax)
        assert again.root.meaning == document.root.meaning
        assert document_text(again, syntax) == document_text(document, syntax)
        back = convert(again, document.syntax)
        assert back.root.meaning == document.root.meaning


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("config\n+ a", 2, 4, "the end mark `-` is missing"),
        ("config\n+ a b: c\n-\n", 2, 5, "the attribute `b` follows a node without a `|`"),
        ("config\n+ a | b: 1 |c\n-\n", 2, 12, "a stray `|`"),
        ("+ config\n-\n", 1, 1, "the top-level node has no `+`"),
        ("-\n", 1, 1, "the top-level node is missing"),
        ("config\n+ a\nother | b: c\n-\n", 3, 1, "a second top-level node: `other`"),
        ("<config>\n  <a>\n</config>", 3, 10, "Opening and ending tag mismatch"),
        ('<config>\n <a b="1" b="2"/></config>', 2, 16, "Attribute b redefined"),
        ("\n\n<config/>x", 3, 10, "Extra content"),
        ("<config>&foo;</config>", 1, 14, "Entity 'foo' not defined"),
    ],
)
def test_what_is_not_well_formed(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(Malformed, match=re.escape(words)) as caught:
        read_document(text, "f")
    assert caught.value.location == Location("f", line, column)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("config\n + a\n-\n", 2, 2, "one column off"),
        ("config\n+ Foo\n-\n", 2, 1, "neither a node nor an attribute, and ignored: `+ Foo`"),
        ("config\n\t+ a\n-\n", 2, 1, "indented by a tab"),
        ("config | a:b\n-\n", 1, 12, "no space behind `a:`"),
        ("config | a: 1 | a: 2\n-\n", 1, 17, "<config> has the attribute `a` twice"),
    ],
)
def test_what_a_reader_of_hid_stumbles_over(text: str, line: int, column: int, words: str) -> None:
    (position,) = read_document(text, "f").remarks
    assert words in position.diagnostic.text
    assert position.location == Location("f", line, column)


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ('<c a="x|y"/>', "a value with a `|`"),
        ("<c a='x&#10;y'/>", "line end"),
        ("<Config/>", "the node type `Config`"),
        ('<c aB="1"/>', "the attribute `aB`"),
        ('<c a="x "/>', "begins or ends with a space"),
    ],
)
def test_what_hid_cannot_say_is_refused(xml: str, words: str) -> None:
    with pytest.raises(Malformed, match=re.escape(words)):
        document_text(read_document(xml, "f"), Syntax.HID)


def test_nodes_can_be_nested_deeply_but_not_without_end() -> None:
    deep = "".join(f"{'  ' * n}+ a\n" for n in range(150))
    assert len(read_document(f"config\n{deep}-\n", "f").nodes) == 151
    with pytest.raises(Malformed, match="levels of nodes"):
        read_document("config\n" + "".join(f"{'  ' * n}+ a\n" for n in range(900)) + "-\n", "f")
    with pytest.raises(Malformed, match="XML: more than 200 levels of nodes"):
        read_document("<a>" * 2000 + "</a>" * 2000, "f")


Change = Callable[[Document, object], str]


@pytest.mark.parametrize(
    ("change", "path", "old", "new"),
    [
        ("set_attributes", "config | + start | : ram: 2M", "ram: 1M  ", "ram: 2M  "),
        ("set_attributes", "config | + start b | : caps: 27", "caps: 1   |", "caps: 27  |"),
        ("set_attributes", "config | + start a | : x: 1", "ram: 1M ", "ram: 1M | x: 1 "),
        ("disable", "config | + start b | + route | + service Gui", "| + serv", "| x serv"),
        ("enable", "config | + start b | + binary prog", "x binary", "+ binary"),
        ("remove", "config | + start b | + route", "  + route\n  | + service ROM", ""),
        ("remove", "config | + start a | + route", "   | + route | + any-service | + parent", ""),
    ],
)
def test_an_edit_of_hid_touches_nothing_else(change: str, path: str, old: str, new: str) -> None:
    document = read_document(HID, "f")
    text = getattr(edits, change)(document, parse_path(path))
    read_document(text, "f")
    assert old in HID
    assert new in text
    if change == "remove":
        assert all(line in HID or line.strip(" |") in HID for line in text.splitlines())
        assert not list(parse_path(path).find(read_document(text, "f").root))
    else:
        assert len(text.splitlines()) == len(HID.splitlines())


def test_an_edit_of_xml_touches_nothing_else() -> None:
    document = read_document(XML, "f")
    set_ = edits.set_attributes(document, parse_path('config | + start a | : ram: "2M" | x: <'))
    assert set_ == XML.replace('ram="1M"', 'ram="&quot;2M&quot;" x="&lt;"')
    assert edits.remove(document, parse_path("config | + inline")) == re.sub(
        r"\t<inline>.*</inline>\n", "", XML, flags=re.DOTALL
    )
    off = edits.disable(document, parse_path("config | + inline"))
    again = read_document(off, "f")
    assert find(again, "config | + inline").disabled
    assert edits.enable(again, parse_path("config | + inline")) == XML


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("config | + start nobody | : a: 1", "has no node `"),
        ("config | + start a", "is not an attribute to set"),
        ("", "is not a path of nodes"),
        ("config | start", "is not a step of a path"),
    ],
)
def test_paths_that_lead_nowhere(path: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        edits.set_attributes(read_document(HID, "f"), parse_path(path))


def test_xml_has_no_comment_for_a_name_with_two_dashes() -> None:
    document = read_document("config\n+ a--b\nx c--d\n-\n", "f")
    with pytest.raises(UserError, match="two dashes in the name `c--d`"):
        convert(document, Syntax.XML)


# Documents that both syntaxes can hold.
_names = st.from_regex(r"[a-z](-?[a-z0-9_]){0,8}-?", fullmatch=True)
_texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"
    ),
    max_size=12,
)
_values = _texts.map(lambda text: text.replace("|", "/").strip())
_AT = Location("f")
_NOWHERE = Span(0, 0)


def _node(
    name: str, attributes: dict[str, str], items: list[Node | TextBlock | Comment], disabled: bool
) -> Node:
    from genode_tool.config.syntax.document import Attribute

    made = tuple(Attribute(n, v, _AT, _NOWHERE, _NOWHERE) for n, v in attributes.items())
    kept: list[Node | TextBlock | Comment] = []
    for one in items:  # two texts in a row are one
        if not (isinstance(one, TextBlock) and kept and isinstance(kept[-1], TextBlock)):
            kept.append(one)
    if any(isinstance(one, TextBlock) for one in kept):  # mixed content is not for configurations
        kept = [next(one for one in kept if isinstance(one, TextBlock))]
    if disabled:
        kept = [_enabled(one) if isinstance(one, Node) else one for one in kept]
    return Node(name, made, tuple(kept), _AT, _NOWHERE, 0, 0, disabled)


def _enabled(node: Node) -> Node:
    items = tuple(_enabled(one) if isinstance(one, Node) else one for one in node.items)
    return replace(node, items=items, disabled=False)


_quoted = st.lists(_texts, min_size=1, max_size=4).map(lambda x: TextBlock(tuple(x), _AT, _NOWHERE))
_attributes = st.dictionaries(_names, _values, max_size=4)
_nodes = st.recursive(
    st.builds(_node, _names, _attributes, st.just([]), st.booleans()),
    lambda below: st.builds(
        _node, _names, _attributes, st.lists(below | _quoted, max_size=4), st.booleans()
    ),
    max_leaves=8,
)
_documents = st.builds(_node, _names, _attributes, st.lists(_nodes, max_size=4), st.just(False))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_documents)
def test_what_is_written_is_read_back(root: Node) -> None:
    document = Document("f", "", Syntax.HID, root)
    for syntax in Syntax:
        again = convert(document, syntax)
        assert again.root.meaning == root.meaning
        assert convert(again, syntax).root.meaning == root.meaning


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_documents)
def test_xml_to_hid_to_xml(root: Node) -> None:
    first = convert(Document("f", "", Syntax.XML, root), Syntax.XML)
    back = convert(convert(first, Syntax.HID), Syntax.XML)
    assert back.root.meaning == first.root.meaning
    assert document_text(back, Syntax.XML) == document_text(first, Syntax.XML)


_fragments = st.lists(
    st.sampled_from(
        ["config", "+ a", "x b", " | ", "|", ": ", ". ", "\n", "  ", " ", "a: 1", "-", "\t", "é",
         "<a>", "</a>", "<a/>", "<!--", "-->", 'b="1"', "&amp;", "&#0;", "&", "<![CDATA[", "]]>",
         "<?x?>", "<!DOCTYPE a [", "]>", "\x00", "\ufeff", "\r\n"]
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(_fragments.map("".join) | st.text(max_size=80), st.booleans())
def test_no_text_breaks_the_readers(text: str, wrapped: bool) -> None:
    for content in (text, f"config\n{text}\n-\n", f"<config>{text}</config>" if wrapped else text):
        try:
            document = read_document(content, "f")
            for syntax in Syntax:
                with suppress(GenodeError):
                    document_text(document, syntax)
            edits.disable(document, parse_path("config | + a"))
        except GenodeError as error:
            assert error.message


def test_a_node_by_itself() -> None:
    document = read_document(HID, "f")
    node = find(document, "config | + start b | + route | + service ROM")
    assert node_text(node, Syntax.HID) == "service ROM | label: x\n+ parent\n-\n"
    assert node_text(node, Syntax.XML) == (
        '<service name="ROM" label="x">\n\t<parent/>\n</service>\n'
    )

"""Writes a document as XML: tabs indent, one node per line, disabled nodes as comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from genode_tool.config.syntax.document import (
    Comment,
    CommentPosition,
    Document,
    Node,
    TextBlock,
    dedent,
    malformed,
)
from genode_tool.errors import Location
from genode_tool.regex import regex

# XML 1.0, 2.2: what is no `Char`
_NO_CHARACTER = regex(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTES = {'"': "&quot;"}
_VALUE = {**_QUOTES, "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}


def xml_text(document: Document) -> str:
    """Return the document as formatted XML text.

    Raises `Malformed` for what XML cannot express: a disabled node within a disabled one
    (comments cannot be nested), an attribute that is given twice, control characters.
    """
    for node in document.root.walk():
        _refuse_inexpressible(node)
    return "\n".join(node_lines(document.root)) + "\n"


def node_lines(root: Node) -> Iterator[str]:
    """Yield the lines of a node and all below it."""
    yield from _lines(root, "")


def _refuse_inexpressible(node: Node) -> None:
    known: set[str] = set()
    for one in node.attributes:
        if one.name in known:
            words = f"not expressible in XML: the attribute `{one.name}` is given twice"
            raise malformed(words, one.location, "the first one counts; remove the other")
        known.add(one.name)
        _refuse_characters((one.value, one.note), one.location)
    _refuse_characters((node.note,), node.location)
    for item in node.items:
        if not isinstance(item, Node):
            _refuse_characters(item.lines, item.location)


def _refuse_characters(texts: Iterable[str], location: Location) -> None:
    for text in texts:
        if wrong := _NO_CHARACTER.search(text):
            words = f"not expressible in XML: the character U+{ord(wrong[0]):04X}"
            raise malformed(words, location)


def start_tag(node: Node) -> str:
    """Return `<name attribute="value"` without its end."""
    words = [f'{one.name}="{escape_value(one.value)}"' for one in node.attributes]
    return " ".join([f"<{node.name}", *words])


def escape_value(value: str) -> str:
    """Return a value as it stands between double quotes."""
    return escape(value, _VALUE)


def _lines(node: Node, indent: str) -> Iterator[str]:
    items = list(node.items)
    head: list[Comment] = []
    while items and isinstance(items[0], Comment) and items[0].position is CommentPosition.BELOW:
        head.append(items.pop(0))  # type: ignore[arg-type]
    notes = [one.note for one in node.attributes if one.note] + ([node.note] if node.note else [])
    yield from _comment([line for one in head for line in one.lines], indent)
    for note in notes:
        yield from _comment([note], indent)
    content = _content(node, items, indent)
    if node.disabled:
        within = next((one for one in node.walk() if one.disabled and one is not node), None)
        if within is not None:
            raise malformed(
                "not expressible in XML: a disabled node within a disabled one", within.location
            )
        for one in node.walk():
            name = next((n for n in (one.name, *(a.name for a in one.attributes)) if "--" in n), "")
            if name:
                raise malformed(
                    f"not expressible in XML: two dashes in the name `{name}` in a disabled node, "
                    "which is a comment",
                    one.location,
                )
        # A comment cannot hold two dashes in a row; a reference is read back with the node.
        inner = "\n".join(content).replace("--", "-&#45;")[len(indent) :]
        yield f"{indent}<!--{inner}-->"
        return
    yield from content


def _content(node: Node, items: list[Node | TextBlock | Comment], indent: str) -> Iterator[str]:
    tag = indent + start_tag(node)
    if node.disabled:
        # A disabled node is a comment, which cannot contain others.
        items = [one for one in items if not isinstance(one, Comment)]
    if not items:
        yield f"{tag}/>"
        return
    only = items[0] if len(items) == 1 else None
    if isinstance(only, TextBlock):
        if dedent(list(only.lines)) != only.lines:
            # `]]>` would end the section, so it is divided between two.
            content = "\n".join(only.lines).replace("]]>", "]]]]><![CDATA[>")
            yield f"{tag}><![CDATA[{content}]]></{node.name}>"
            return
        if len(only.lines) == 1:
            yield f"{tag}>{escape(only.lines[0])}</{node.name}>"
            return
    yield f"{tag}>"
    for one in items:
        if isinstance(one, Node):
            plain = _without_comments(one) if node.disabled else one
            yield from _lines(plain, indent + "\t")
        elif isinstance(one, Comment):
            yield from _comment(list(one.lines), indent + "\t")
        else:
            # Text keeps its own indentation: ours would become part of it.
            if dedent(list(one.lines)) != one.lines:
                yield "<![CDATA[" + "\n".join(one.lines) + "]]>"
            else:
                yield from (escape(line) for line in one.lines)
    yield f"{indent}</{node.name}>"


def _without_comments(node: Node) -> Node:
    items = tuple(
        _without_comments(one) if isinstance(one, Node) else one
        for one in node.items
        if not isinstance(one, Comment)
    )
    return Node(
        node.name,
        node.attributes,
        items,
        node.location,
        node.span,
        node.head,
        node.anchor,
        node.disabled,
    )


def _comment(lines: list[str], indent: str) -> Iterator[str]:
    # A comment has no two dashes in a row and does not end with one (XML 1.0, 2.5).
    texts = [line.replace("--", "- -") for line in lines]
    while texts and not texts[0].strip():
        texts.pop(0)
    while texts and not texts[-1].strip():
        texts.pop()
    if not texts:
        return
    if texts[-1].endswith("-"):
        texts[-1] += " "
    if len(texts) == 1:
        yield f"{indent}<!-- {texts[0].strip()} -->"
        return
    yield f"{indent}<!--"
    for text in texts:
        yield f"{indent}  {text}".rstrip()
    yield f"{indent}-->"

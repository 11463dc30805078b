"""XML with the place of every attribute.

libxml2 decides whether the text is well-formed (XML 1.0, 5th edition); a scanner then reads it once
more for what libxml2 does not record: the places of attributes, and comments with their position
relative to nodes. A comment that holds nothing but one element is a disabled node. Text loses the
indentation that its lines share, unless it is a CDATA section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from genode_tool.config.syntax.document import (
    MAX_DEPTH,
    Attribute,
    Comment,
    CommentPosition,
    Document,
    LocationMap,
    Node,
    Span,
    Syntax,
    TextBlock,
    TranslateLocation,
    dedent,
    malformed,
)
from genode_tool.errors import Location
from genode_tool.regex import regex

# A `>` within quotes does not end a tag.
_TOKEN = regex(
    r"<!--(?P<comment>.*?)-->"
    r"|<!\[CDATA\[(?P<cdata>.*?)\]\]>"
    r"|<\?.*?\?>"
    r"|<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>"
    r"|</(?P<end>[^\s>]+)\s*>"
    r"""|<(?P<tag>[^\s/>!?]+)(?P<head>(?:[^"'>]|"[^"]*"|'[^']*')*?)(?P<leaf>/?)>"""
    r"|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = regex(r"""([^\s=/]+)\s*=\s*("[^"]*"|'[^']*')""")
_REFERENCE = regex(r"&(#x[0-9a-fA-F]+|#[0-9]+|\w+);")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_SPACE = str.maketrans("\t\n\r", "   ")


@dataclass(slots=True)
class _Open:
    """A node whose end tag has not been read."""

    name: str
    attributes: tuple[Attribute, ...]
    start: int
    head: int
    items: list[Node | TextBlock | Comment] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    text_start: int = 0
    text_end: int = 0
    literal: str | None = None


class _Reader:
    def __init__(self, text: str, file: str, places: LocationMap, offset: int = 0) -> None:
        self.source, self.file, self.places, self.offset = text, file, places, offset
        self.stack = [_Open("", (), 0, 0)]

    def run(self, start: int, end: int) -> list[Node | TextBlock | Comment]:
        position = start
        while position < end:
            token = _TOKEN.match(self.source, position, end)
            if token is None:
                raise self._wrong("this is not XML", position)
            self._take(token)
            position = token.end()
        if len(self.stack) != 1:
            raise self._wrong(f"<{self.stack[-1].name}> is not closed", self.stack[-1].start)
        self._flush()
        return self.stack[0].items

    def _take(self, token: re.Match[str]) -> None:
        top = self.stack[-1]
        if token["text"] is not None or token["cdata"] is not None:
            if not top.text:
                top.text_start = token.start()
            if token["cdata"] is not None:
                top.literal = token["cdata"]
                top.text.append(token["cdata"])
            else:
                top.text.append(self._decoded(token["text"], token.start()))
            top.text_end = token.end()
        elif token["comment"] is not None:
            self._comment(token)
        elif token["end"] is not None:
            if len(self.stack) < 2 or top.name != token["end"]:
                raise self._wrong(f"</{token['end']}> closes nothing", token.start())
            self._close(token.end())
        elif token["tag"] is not None:
            self._flush()
            if len(self.stack) > MAX_DEPTH:
                raise self._wrong(f"more than {MAX_DEPTH} levels of nodes", token.start())
            attributes = self._attributes(token["head"], token.start("head"))
            head = attributes[-1].span.end if attributes else token.end("tag")
            self.stack.append(_Open(token["tag"], attributes, token.start(), head))
            if token["leaf"]:
                self._close(token.end())

    def _close(self, end: int) -> None:
        self._flush()
        node = self.stack.pop()
        self.stack[-1].items.append(
            Node(
                node.name,
                node.attributes,
                tuple(node.items),
                self.places.at(node.start),
                Span(node.start, end),
                node.head,
                node.start,
            )
        )

    def _flush(self) -> None:
        """Turn the text so far into an item, unless it is blank."""
        top = self.stack[-1]
        others = [one for one in top.text if one.strip()]
        # A CDATA section among blanks alone stays as it is, with its indentation.
        if top.literal is not None and others in ([top.literal], []):
            lines: tuple[str, ...] = tuple(top.literal.split("\n"))
        else:
            lines = dedent("".join(top.text).replace("\r\n", "\n").split("\n"))
        if lines:
            start = top.text_start
            while self.source[start].isspace() and start + 1 < top.text_end:
                start += 1
            span = Span(top.text_start, top.text_end)
            top.items.append(TextBlock(lines, self.places.at(start), span))
        top.text.clear()
        top.literal = None

    def _comment(self, token: re.Match[str]) -> None:
        top = self.stack[-1]
        before = self.source[self.source.rfind("\n", 0, token.start()) + 1 : token.start()]
        beside = bool(before.strip()) and bool(top.items) and not "".join(top.text).strip()
        self._flush()
        span = Span(token.start(), token.end())
        disabled = self._disabled(token)
        if disabled is not None:
            top.items.append(disabled)
            return
        lines = dedent(["", *token["comment"].split("\n")])
        if len(lines) > 1 and token["comment"].split("\n")[0].strip():
            first, *rest = token["comment"].split("\n")
            lines = (first.strip(), *dedent(rest))
        position = CommentPosition.BESIDE if beside else CommentPosition.BEFORE
        top.items.append(Comment(lines, position, self.places.at(token.start()), span))

    def _disabled(self, token: re.Match[str]) -> Node | None:
        """Return the node that a comment disables, if it is one."""
        content = token["comment"]
        if not content.strip().startswith("<") or not content.strip().endswith(">"):
            return None
        from genode_tool.config.syntax.document import Malformed

        # On the whole text, so that places within the comment are those of the file.
        reader = _Reader(self.source, self.file, self.places)
        try:
            items = reader.run(token.start("comment"), token.end("comment"))
        except Malformed:
            return None
        if len(items) != 1 or not isinstance(items[0], Node):
            return None
        node = items[0]
        return Node(
            node.name,
            node.attributes,
            node.items,
            node.location,
            Span(token.start(), token.end()),
            node.head,
            node.anchor,
            disabled=True,
        )

    def _attributes(self, head: str, offset: int) -> tuple[Attribute, ...]:
        found = []
        for match in _ATTRIBUTE.finditer(head):
            start = offset + match.start()
            value = Span(offset + match.start(2) + 1, offset + match.end(2) - 1)
            # Attribute-value normalization (XML 1.0, 3.3.3): white space becomes spaces.
            text = self._decoded(match[2][1:-1].translate(_SPACE), value.start)
            found.append(
                Attribute(
                    match[1],
                    text,
                    self.places.at(start),
                    Span(start, offset + match.end()),
                    value,
                )
            )
        return tuple(found)

    def _decoded(self, text: str, offset: int) -> str:
        if "&" not in text:
            return text

        def resolve(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("#"):
                number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
                return chr(number)
            if name not in _ENTITIES:
                raise self._wrong(f"unknown entity &{name};", offset + match.start())
            return _ENTITIES[name]

        return _REFERENCE.sub(resolve, text)

    def _wrong(self, message: str, offset: int) -> Exception:
        return malformed(f"not well-formed XML: {message}", self.places.at(offset))


def read_xml(text: str, file: str, translate: TranslateLocation | None = None) -> Document:
    """Return the document in an XML text. Raises `Malformed`."""
    places = LocationMap(file, text, translate)
    _judge(text, file, places)
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    items = _Reader(text, file, places).run(start, len(text))
    roots = [one for one in items if isinstance(one, Node) and not one.disabled]
    # Comments around the root become comments in it, as HID has no other place for them.
    root = roots[0]
    before = [one for one in items if isinstance(one, Comment) and one.span.end <= root.anchor]
    if before:
        lines = tuple(line for one in before for line in one.lines)
        span = Span(before[0].span.start, before[-1].span.end)
        head = Comment(lines, CommentPosition.BELOW, before[0].location, span)
        root = Node(
            root.name,
            root.attributes,
            (head, *root.items),
            root.location,
            root.span,
            root.head,
            root.anchor,
        )
    return Document(file, text, Syntax.XML, root)


def _judge(text: str, file: str, places: LocationMap) -> None:
    """Raise `Malformed` unless libxml2 finds the text well-formed; blanks in front are allowed."""
    from lxml import etree

    body = text.lstrip("\ufeff \t\r\n")
    skipped = text[: len(text) - len(body)]
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True
    )
    try:
        etree.fromstring(_bytes(body), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        message, line, column = str(error), 1, 1
        log: Any = parser.error_log  # the error's own log includes errors of earlier texts
        first = next(iter(log), None)
        if first is not None:
            message, line, column = first.message, first.line, max(first.column, 1)
        last = skipped.rpartition("\n")[2]
        column += len(last) if line == 1 else 0
        location = Location(file, line + skipped.count("\n"), column)
        # libxml2's limits are advised on by its own option, which no user of ours can set
        message = message.partition(", use XML_PARSE_HUGE")[0]
        if message.startswith("Excessive depth"):
            message = f"more than {MAX_DEPTH} levels of nodes"
        raise malformed(f"not well-formed XML: {message}", places.moved(location)) from None


def _bytes(text: str) -> bytes:
    """Return the text as UTF-8, without a declaration that says otherwise."""
    # Blanks in its place leave the columns of errors as they are.
    declared = re.sub(
        r"""(\A<\?xml[^>]*?)\s+encoding\s*=\s*("[^"]*"|'[^']*')""",
        lambda found: found[1] + " " * (len(found[0]) - len(found[1])),
        text,
    )
    return declared.encode(errors="surrogatepass")

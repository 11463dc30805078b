"""HID, the indentation-based syntax of Genode 26.02.

Follows the description `doc/hid.txt` that comes with the framework, and where that leaves a
choice, the behaviour of its components. Input that its tool ignores silently yields a remark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from genode_tool.config.syntax.document import (
    MAX_DEPTH,
    Attribute,
    Comment,
    CommentPosition,
    Document,
    Finding,
    LocationMap,
    Malformed,
    Node,
    Span,
    Syntax,
    TextBlock,
    TranslateLocation,
)
from genode_tool.errors import Diagnostic, Severity
from genode_tool.regex import regex

_BLANK = " \t\r"
"""Blanks around a value; other white space, such as a no-break space, belongs to the value."""

# Two columns per level, each with the bar of an outer node or blank.
_INDENT = regex(r"(?:[| ](?: |$))*")
_END = regex(r"-\s*$")
_MARKED = regex(r"( *)([.:])(?: |$)")
_FILLER = regex(r" *(?:\| +)+")
_ATTRIBUTE = regex(r"( *)([a-z][a-z0-9_-]*):")
_NODE = regex(r"([+x] )?([a-z][a-z0-9_-]*)(?= |$)")


@dataclass(slots=True)
class _Open:
    """A node that may get more content; `column` counts from 0."""

    name: str
    column: int
    start: int
    head: int
    disabled: bool
    attributes: list[Attribute] = field(default_factory=list)
    items: list[_Open | TextBlock | Comment] = field(default_factory=list)
    note: str = ""
    end: int = 0


class _Reader:
    def __init__(self, text: str, file: str, translate: TranslateLocation | None) -> None:
        self.text = text
        self.places = LocationMap(file, text, translate)
        self.stack: list[_Open] = []
        self.root: _Open | None = None
        self.problems: list[Finding] = []
        self.remarks: list[Finding] = []
        self.before: list[Comment] = []

    def run(self) -> Node:
        start = 0
        ended = False
        while not ended and start <= len(self.text):
            stop = self.text.find("\n", start)
            stop = len(self.text) if stop < 0 else stop
            # Whatever follows the end mark is not part of the document.
            ended = bool(_END.match(self.text, start, stop))
            if not ended and self.text[start:stop].strip():
                self._line(start, stop)
            start = stop + 1
        if not ended:
            self._wrong(
                "the end mark `-` is missing",
                len(self.text),
                "end the text with a line that holds `-` alone",
            )
        if self.root is None:
            self._wrong("the top-level node is missing", 0)
        if self.problems or self.root is None:
            raise Malformed(tuple(self.problems))
        if self.before:
            self.root.items[:0] = self.before
        return self._closed(self.root)

    def _line(self, start: int, stop: int) -> None:
        indent = _INDENT.match(self.text, start, stop)
        begin = position = indent.end() if indent else start
        marked = _MARKED.match(self.text, position, stop)
        if marked and marked[2] == ".":
            self._comment(marked.start(2), stop, start)
            return
        while position < stop:
            marked = _MARKED.match(self.text, position, stop)
            if marked:
                take = self._note if marked[2] == "." else self._quote
                take(marked.start(2), stop, start)
                break
            found = self.text.find(" | ", position + 1, stop)
            end = found if found >= 0 else stop
            self._segment(position, end, start, first=position == begin)
            position = end + 3
        for node in self.stack:
            node.end = max(node.end, stop)

    def _segment(self, position: int, end: int, line: int, *, first: bool) -> None:
        filler = _FILLER.match(self.text, position, end)
        if filler:
            position = filler.end()
        bar = self.text.find("|", position, end)
        if bar >= 0:
            self._wrong("a stray `|`", bar, "put a space on both sides of it")
            return
        if not self.text[position:end].strip():
            return
        attribute = _ATTRIBUTE.match(self.text, position, end)
        if attribute:
            self._attribute(attribute, end, line)
            return
        rest = self.text[position:end]
        place = position + len(rest) - len(rest.lstrip(" "))
        node = _NODE.match(self.text, place, end)
        if node:
            if place > position:
                where = "at the beginning of the line" if first else "behind the `|`"
                self._remark(
                    f"the node `{node[2]}` is one column off {where}: the framework's"
                    " components accept it, its tools ignore it",
                    place,
                    "indent by two columns per level",
                )
            self._node(node, end, line)
        elif "\t" in self.text[line:place] or self.text[place] == "\t":
            self._remark("indented by a tab: the line is ignored", place, "use spaces")
        else:
            self._remark(
                f"neither a node nor an attribute, and ignored: `{rest.strip()}`",
                place,
                "types and tags consist of a-z, 0-9, `-` and `_`, and begin with a letter",
            )

    def _attribute(self, match: re.Match[str], end: int, line: int) -> None:
        owner = self._owner(match.start(2) - line, at_least=False)
        if owner is None:
            self._wrong("an attribute before the first node", match.start(2))
            return
        raw = self.text[match.end() : end]
        value = raw.strip(_BLANK)
        start = match.end() + (len(raw) - len(raw.lstrip(_BLANK)) if value else 0)
        if value and start == match.end():
            self._remark(f"no space behind `{match[2]}:`", start)
        self._add(owner, match[2], value, match.start(2), start, tagged=True)

    def _add(
        self, owner: _Open, name: str, value: str, start: int, value_start: int, *, tagged: bool
    ) -> None:
        end = value_start + len(value)
        owner.head = max(owner.head, end)
        place = self.places.at(start)
        span = Span(start, end)
        owner.attributes.append(
            Attribute(name, value, place, span, Span(value_start, end), tagged=tagged)
        )

    def _node(self, match: re.Match[str], end: int, line: int) -> None:
        column = match.start() - line
        if match[1] is None and self.root is not None:
            # What follows it would become part of the first one, which nobody means.
            self._wrong(
                f"a second top-level node: `{match[2]}`",
                match.start(),
                "a node within another one begins with `+ `",
            )
            return
        if match[1] is not None and self.root is None:
            self._wrong("the top-level node has no `+` or `x`", match.start())
            return
        node = _Open(match[2], column, match.start(), match.end(), match[1] == "x ")
        if self.root is None:
            self.root = node
        else:
            parent = self._owner(column, at_least=True)
            if parent is None or len(self.stack) > MAX_DEPTH:
                self._wrong(f"more than {MAX_DEPTH} levels of nodes", match.start())
                return
            while self.stack[-1] is not parent:
                self.stack.pop()
            parent.items.append(node)
        self.stack.append(node)
        raw = self.text[match.end() : end]
        name = raw.strip(_BLANK)
        if not name:
            return
        start = match.end() + len(raw) - len(raw.lstrip(_BLANK))
        tag = _ATTRIBUTE.match(self.text, start, end)
        if tag:
            self._wrong(
                f"the attribute `{tag[2]}` follows a node without a `|`",
                start,
                f"write `{match[2]} | {name}`",
            )
        self._add(node, "name", name, start, start, tagged=False)

    def _comment(self, position: int, stop: int, line: int) -> None:
        comment = Comment(
            (self.text[position + 2 : stop].rstrip(),),
            CommentPosition.BELOW,
            self.places.at(position),
            Span(position, stop),
        )
        owner = self._owner(position - line, at_least=True)
        if owner is None:
            self.before.append(comment)
            return
        owner.items.append(comment)
        for node in self.stack[: self.stack.index(owner) + 1]:
            node.end = max(node.end, stop)

    def _note(self, position: int, stop: int, line: int) -> None:
        owner = self._owner(position - line, at_least=True)
        if owner is None:
            self._wrong("a comment before the first node", position)
            return
        note = self.text[position + 2 : stop].strip()
        # It describes the last attribute before it, or the node when there is none.
        if owner.attributes:
            last = owner.attributes[-1]
            owner.attributes[-1] = Attribute(
                last.name,
                last.value,
                last.location,
                last.span,
                last.value_span,
                note,
                last.tagged,
            )
        else:
            owner.note = note

    def _quote(self, position: int, stop: int, line: int) -> None:
        owner = self._owner(position - line, at_least=True)
        if owner is None:
            self._wrong("quoted text before the first node", position)
            return
        content = self.text[position + 2 : stop]
        place, span = self.places.at(position), Span(position, stop)
        last = owner.items[-1] if owner.items else None
        if isinstance(last, TextBlock):
            owner.items[-1] = TextBlock(
                (*last.lines, content), last.location, Span(last.span.start, stop)
            )
        else:
            owner.items.append(TextBlock((content,), place, span))

    def _owner(self, column: int, *, at_least: bool) -> _Open | None:
        """Return the open node that something at `column` belongs to.

        With `at_least`, the node has to begin further left. The node at the top takes all else.
        """
        for node in reversed(self.stack):
            if node.column < column or (not at_least and node.column == column):
                return node
        return self.stack[0] if self.stack else None

    def _closed(self, node: _Open) -> Node:
        items = tuple(self._closed(one) if isinstance(one, _Open) else one for one in node.items)
        return Node(
            node.name,
            tuple(node.attributes),
            items,
            # Behind the `+ ` or `x `, which the top-level node does not have.
            self.places.at(node.start + (2 if node is not self.root else 0)),
            Span(node.start, node.end),
            node.head,
            node.start,
            node.disabled,
            node.note,
        )

    def _wrong(self, message: str, offset: int, hint: str = "") -> None:
        place = self.places.at(offset)
        text = f"not well-formed HID: {message}"
        self.problems.append(Finding("syntax", Diagnostic(Severity.ERROR, text, place, hint=hint)))

    def _remark(self, message: str, offset: int, hint: str = "") -> None:
        place = self.places.at(offset)
        self.remarks.append(
            Finding("syntax", Diagnostic(Severity.WARNING, message, place, hint=hint))
        )


def read_hid(text: str, file: str, translate: TranslateLocation | None = None) -> Document:
    """Return the document in a HID text. Raises `Malformed` with everything that is wrong."""
    reader = _Reader(text, file, translate)
    root = reader.run()
    # Not malformed, so other checks can go on; the first one counts.
    doubled = tuple(_doubled_attributes(root))
    return Document(file, text, Syntax.HID, root, (*reader.remarks, *doubled))


def _doubled_attributes(root: Node) -> list[Finding]:
    """Return an error for each attribute that stands twice in a node."""
    found = []
    for node in root.walk():
        seen = set()
        for one in node.attributes:
            if one.name in seen:
                text = f"<{node.name}> has the attribute `{one.name}` twice"
                found.append(Finding("syntax", Diagnostic(Severity.ERROR, text, one.location)))
            seen.add(one.name)
    return found

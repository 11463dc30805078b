"""Edits of the text of a configuration that leave the rest unchanged."""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.config.syntax.document import Attribute, Document, Node, Syntax
from genode_tool.config.syntax.node_path import Path
from genode_tool.config.syntax.xml_writer import escape_value
from genode_tool.errors import UserError


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the text, in characters, and its replacement."""

    start: int
    end: int
    text: str


def set_attributes(document: Document, path: Path) -> str:
    """Return the text with the attributes at the end of `path` set. Raises `UserError`."""
    values = path.values
    changes: list[Change] = []
    for node in _targets(document, path):
        added = "".join(
            _new(document.syntax, tag, value) for tag, value in values if not node.has(tag)
        )
        for tag, value in values:
            found = node.attribute(tag)
            if found is not None:
                changes.append(_replaced(document, found, value, columns=not added))
        if added:
            changes.append(Change(node.head, node.head, added))
    return apply(document.text, changes)


def remove(document: Document, path: Path) -> str:
    """Return the text without the nodes of `path`. Raises `UserError`."""
    nodes = list(_targets(document, path))
    if document.root in nodes:
        raise UserError("the top-level node cannot be removed", location=document.root.location)
    return apply(document.text, [_removal(document, node) for node in nodes])


def enable(document: Document, path: Path) -> str:
    """Return the text with the nodes of `path` enabled. Raises `UserError`."""
    changes = []
    for node in _targets(document, path):
        if not node.disabled:
            continue
        if document.syntax is Syntax.HID:
            changes.append(Change(node.anchor, node.anchor + 1, "+"))
            continue
        start, end = node.span.start, node.span.end
        # Without the comment marks, and with the dashes that `disable` has replaced.
        inner = document.text[start + 4 : end - 3].strip().replace("-&#45;", "--")
        changes.append(Change(start, end, inner))
    return apply(document.text, changes)


def disable(document: Document, path: Path) -> str:
    """Return the text with the nodes of `path` disabled. Raises `UserError`."""
    changes = []
    for node in _targets(document, path):
        if node.disabled:
            continue
        if node is document.root:
            raise UserError("the top-level node cannot be disabled", location=node.location)
        if document.syntax is Syntax.HID:
            changes.append(Change(node.anchor, node.anchor + 1, "x"))
            continue
        start, end = node.span.start, node.span.end
        text = document.text[start:end]
        if "<!--" in text:
            raise UserError(
                f"<{node.name}> contains comments, so it cannot be turned into a comment",
                location=node.location,
                hint="remove the comments in it first",
            )
        changes.append(Change(start, end, "<!-- " + text.replace("--", "-&#45;") + " -->"))
    return apply(document.text, changes)


def apply(text: str, changes: list[Change]) -> str:
    """Return the text after all changes; one within another is left out."""
    result = []
    position = 0
    # The longer one first: a change within it then begins before `position`.
    for one in sorted(changes, key=lambda change: (change.start, -change.end)):
        if one.start < position:
            continue
        result += [text[position : one.start], one.text]
        position = one.end
    return "".join([*result, text[position:]])


def _targets(document: Document, path: Path) -> list[Node]:
    found = list(path.find(document.root))
    if not found:
        steps = " | + ".join(step.name for step in path.steps)
        raise UserError(f"{document.file} has no node `{steps}` with these values")
    return found


def _new(syntax: Syntax, tag: str, value: str) -> str:
    if syntax is Syntax.XML:
        return f' {tag}="{escape_value(value)}"'
    return f" | {tag}: {value}" if value else f" | {tag}:"


def _replaced(document: Document, attribute: Attribute, value: str, *, columns: bool) -> Change:
    span = attribute.value_span
    if document.syntax is Syntax.XML:
        quote = document.text[span.start - 1]
        text = escape_value(value)
        return Change(span.start, span.end, text.replace(quote, "&apos;") if quote == "'" else text)
    # Values that are aligned in columns stay so, as far as the space suffices.
    end = span.end
    while document.text[end : end + 1] == " ":
        end += 1
    pads = end - span.end
    if not columns or document.text[end : end + 1] != "|" or pads < 1:
        pads, end = 0, span.end
    lead = ""
    if attribute.tagged and value and document.text[span.start - 1 : span.start] == ":":
        lead = " "
    width = max(len(value) + min(pads, 1), span.end - span.start + pads)
    return Change(span.start, end, lead + (value.ljust(width) if pads else value))


def _removal(document: Document, node: Node) -> Change:
    text, start, end = document.text, node.span.start, node.span.end
    line = text.rfind("\n", 0, start) + 1
    before = text[line:start]
    if document.syntax is Syntax.XML:
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop
        if not before.strip() and not text[end:stop].strip():
            return Change(line, min(stop + 1, len(text)), "")
        return Change(start, end, "")
    if not before.strip(" |"):
        return Change(line, min(end + 1, len(text)), "")
    # A node further right on its line: what follows on that line is part of it.
    return Change(line + len(before.rstrip(" |")), end, "")

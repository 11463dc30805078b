"""Writes a document as HID, in the layout that the framework's own tool settled on.

Attributes go on the node's line while it stays below 80 columns, else one per line with their
values aligned; bars connect a node with its siblings further down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from genode_tool.config.syntax.document import (
    Comment,
    CommentPosition,
    Document,
    Node,
    TextBlock,
    malformed,
)
from genode_tool.regex import regex

_WIDTH = 80
_NAME = regex(r"[a-z][a-z0-9_-]*")


def hid_text(document: Document) -> str:
    """Return the document as formatted HID text.

    Raises `Malformed` for what HID cannot express: capital letters in names; a `|`, a line
    end or spaces at the ends of a value.
    """
    return "\n".join([*node_lines(document.root), "-"]) + "\n"


def node_lines(root: Node) -> Iterator[str]:
    """Yield the lines of a node and all below it, without the end mark."""
    yield from _lines(root, "", (), last=False, apart=False)


def _lines(
    node: Node, indent: str, before: tuple[str, ...], *, last: bool, apart: bool
) -> Iterator[str]:
    _check(node)
    line = indent + node.name
    # A node's name needs no tag, but an empty one could not be seen without.
    name = next((one for one in node.attributes if one.name == "name" and one.value), None)
    others = [one for one in node.attributes if one is not name]
    if name is not None:
        line += f" {name.value}"
    # The comment beside a name closes the line, so that attributes need lines of their own.
    name_note = name.note if name is not None else ""
    own_note = node.note if not node.attributes else ""
    below = _below(indent, last=last)
    children = [one for one in node.items if not isinstance(one, Comment)]
    if not apart:
        apart = not _fits(node, len(line))
    if apart or name_note or own_note:
        note = name_note or own_note
        yield line + (f" | . {note}" if note else "")
        stem = " " * len(node.name)
        if children and below:
            stem = "|" + stem[1:]
        widest = max((len(one.name) for one in others), default=0) + 1
        for one in others:
            tag = f"{one.name}:".ljust(widest) if one.value or one.note else f"{one.name}:"
            text = f"{below}{stem} {tag}"
            text += f" {one.value}" if one.value else ""
            yield text.rstrip(" ") + (f" | . {one.note}" if one.note else "")
    else:
        for one in others:
            line += f" | {one.name}:" + (f" {one.value}" if one.value else "")
            line += f" | . {one.note}" if one.note else ""
        yield line
    for text in before:
        yield f"{below}. {text}".rstrip(" ")
    yield from _items(node, below, len(line) + (not node.attributes))


def _items(node: Node, indent: str, width: int) -> Iterator[str]:
    """Yield the lines of what is in a node."""
    items = _attached(node.items)
    nodes = [one for one, _ in items if isinstance(one, Node)]
    nested = any(any(not isinstance(i, Comment) for i in one.items) for one in nodes)
    # Siblings in a list look alike: if one needs several lines, all have them.
    apart = not nested and any(not _fits(one, width) for one in nodes)
    for index, (one, comments) in enumerate(items):
        if isinstance(one, TextBlock):
            for line in one.lines:
                yield f"{indent}: {line}" if line else f"{indent}:"
        elif isinstance(one, Comment):
            for line in one.lines:
                yield f"{indent}. {line}".rstrip(" ")
        else:
            anchor = "x" if one.disabled else "+"
            last = all(isinstance(other, Comment) for other, _ in items[index + 1 :])
            yield from _lines(one, f"{indent}{anchor} ", comments, last=last, apart=apart)


def _attached(
    items: tuple[Node | TextBlock | Comment, ...],
) -> list[tuple[Node | TextBlock | Comment, tuple[str, ...]]]:
    """Return the items, comments before a node with the node that they describe."""
    found: list[tuple[Node | TextBlock | Comment, tuple[str, ...]]] = []
    waiting: list[Comment] = []
    for one in items:
        if isinstance(one, Comment) and one.position is CommentPosition.BEFORE:
            waiting.append(one)
        elif isinstance(one, Comment) and one.position is CommentPosition.BESIDE:
            last = found[-1][0] if found else None
            if isinstance(last, Node):
                found[-1] = (_noted(last, one), found[-1][1])
            else:
                found.append((one, ()))
        elif isinstance(one, Node):
            found.append((one, tuple(line for other in waiting for line in other.lines)))
            waiting.clear()
        else:
            found += [(other, ()) for other in waiting]
            waiting.clear()
            found.append((one, ()))
    return [*found, *((other, ()) for other in waiting)]


def _noted(item: Node, comment: Comment) -> Node:
    """Return a node with the comment beside it as its note."""
    note = " ".join(line.strip() for line in comment.lines).strip()
    if not item.attributes:
        return replace(item, note=note)
    *others, last = item.attributes
    return replace(item, attributes=(*others, replace(last, note=note)))


def _below(indent: str, *, last: bool) -> str:
    """Return what stands in front of the lines below a node's own."""
    if indent.endswith(("+ ", "x ")):
        indent = indent[:-2] + ("  " if last else "| ")
    return " " + indent[1:] if indent.startswith("|") else indent


def _fits(node: Node, width: int) -> bool:
    """Return whether the attributes of a node fit its line of `width` columns without them."""
    others = [one for one in node.attributes if one.name != "name" or not one.value]
    if any(one.note for one in others):
        return False
    needed = sum(len(f" | {one.name}: {one.value}") for one in others)
    # As the framework's tool has it, a single attribute stays on the line, however long.
    return len(others) == 1 or width + needed < _WIDTH


def _check(node: Node) -> None:
    """Raise `Malformed` for what HID cannot express."""
    if not _NAME.fullmatch(node.name):
        raise malformed(f"not expressible in HID: the node type `{node.name}`", node.location)
    for one in node.attributes:
        if not _NAME.fullmatch(one.name):
            raise malformed(f"not expressible in HID: the attribute `{one.name}`", one.location)
        if "|" in one.value or "\n" in one.value or "\r" in one.value:
            raise malformed(
                f"not expressible in HID: a value with a `|` or line end in `{one.name}`",
                one.location,
                hint="put it into quoted text",
            )
        if one.value != one.value.strip(" \t"):
            raise malformed(
                f"not expressible in HID: `{one.name}` begins or ends with a space", one.location
            )

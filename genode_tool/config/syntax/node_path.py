"""Paths of nodes: `config | + start vfs | + route`, as the framework's `hid` tool takes them.

Each step is a node type with an optional name; attributes, as `| tag: value`, narrow it down. A
node matches when it has all of these attributes with these values. `| : tag` at the end names an
attribute, `| : tag: value | tag: value` sets some.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genode_tool.config.syntax.document import Node
from genode_tool.errors import UserError
from genode_tool.regex import regex

_TAG = regex(r"([A-Za-z_][\w.-]*):(?:\s+(.*)|\s*)$")
_TYPE = regex(r"(?:[+x]\s+)?([A-Za-z_][\w.-]*)(?:\s+(.*))?$")
_FORM = "for example `config | + start vfs | + route`"


@dataclass(frozen=True, slots=True)
class PathStep:
    """One level of a path: a node type, and the attributes that it must have."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()

    def matches(self, node: Node) -> bool:
        """Return whether a node matches."""
        return node.name == self.name and all(
            node.has(tag) and node.get(tag).strip() == value for tag, value in self.attributes
        )


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the top, and what follows the last `| :`."""

    steps: tuple[PathStep, ...]
    rest: str | None = None

    def find(self, root: Node) -> Iterator[Node]:
        """Yield the nodes that the path leads to, disabled ones as well."""
        if self.steps and self.steps[0].matches(root):
            yield from _below(root, self.steps[1:])

    @property
    def tag(self) -> str:
        """The attribute named at the end. Raises `UserError` when there is none."""
        name = (self.rest or "").strip().removesuffix(":")
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", name):
            raise UserError(
                "the path names no attribute",
                hint="put it at the end, behind `| :`, as in `config | + start | : name`",
            )
        return name

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """The attributes to set, named at the end. Raises `UserError` when there are none."""
        found = []
        for segment in (self.rest or "").split("|"):
            match = _TAG.match(segment.strip())
            if match is None:
                raise UserError(
                    f"`{segment.strip()}` is not an attribute to set",
                    hint="as in `config | + start vfs | : caps: 100 | ram: 16M`",
                )
            found.append((match[1], (match[2] or "").strip()))
        return tuple(found)


def _below(node: Node, steps: tuple[PathStep, ...]) -> Iterator[Node]:
    if not steps:
        yield node
        return
    for one in node.items:
        if isinstance(one, Node) and steps[0].matches(one):
            yield from _below(one, steps[1:])


def parse_path(text: str) -> Path:
    """Parse a path. Raises `UserError` for a malformed one."""
    steps: list[PathStep] = []
    position = 0
    rest = None
    for match in re.finditer(r"([^|]*)(\||$)", text):
        segment = match[1].strip()
        if segment.startswith(":"):
            rest = text[text.index(":", match.start()) + 1 :]
            break
        position = match.end()
        tag = _TAG.match(segment)
        if tag and steps:
            last = steps.pop()
            pair = (tag[1], (tag[2] or "").strip())
            steps.append(PathStep(last.name, (*last.attributes, pair)))
        elif segment:
            node = _TYPE.match(segment)
            # Only the node at the top has no `+` or `x`.
            if node is None or (steps and not segment.startswith(("+ ", "x "))):
                raise UserError(f"`{segment}` is not a step of a path", hint=_FORM)
            named = (("name", node[2].strip()),) if node[2] else ()
            steps.append(PathStep(node[1], named))
        if position >= len(text):
            break
    if not steps:
        raise UserError(f"`{text}` is not a path of nodes", hint=_FORM)
    return Path(tuple(steps), rest)

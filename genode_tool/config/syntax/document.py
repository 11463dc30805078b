"""The document model of both syntaxes: nodes, attributes, text and comments, with places.

A document has the text that it was read from, and each part its span in there, so that an edit
changes nothing else. The meaning of a configuration is `Node.meaning`, which covers neither
comments nor places nor spelling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from genode_tool.errors import Diagnostic, Location, Severity, UserError

MAX_DEPTH = 200
"""More levels of nodes than this are refused; libxml2 has a limit of that order as well."""


class Syntax(Enum):
    """The two syntaxes of configurations."""

    XML = "xml"
    HID = "hid"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a configuration; a scenario does not start with an error.

    `kind` is a short word that names the sort of mistake. `path` is the path of components, such
    as `init -> sub -> nic`.
    """

    kind: str
    diagnostic: Diagnostic
    path: str = ""

    @property
    def severity(self) -> Severity:
        """The severity of the diagnostic."""
        return self.diagnostic.severity

    @property
    def location(self) -> Location:
        """The place in the configuration, which every finding has."""
        assert self.diagnostic.location is not None
        return self.diagnostic.location

    def __str__(self) -> str:
        where = f" [{self.path}]" if self.path else ""
        return f"{self.location}: {self.severity.value}: {self.diagnostic.text}{where}"


class Malformed(UserError):
    """A text that is neither well-formed XML nor HID; `problems` are all that were found."""

    def __init__(self, problems: tuple[Finding, ...]) -> None:
        first, *others = problems
        super().__init__(
            first.diagnostic.text,
            location=first.location,
            trail=tuple(str(one) for one in others),
            hint=first.diagnostic.hint,
        )
        self.problems = problems


def malformed(message: str, location: Location, hint: str = "") -> Malformed:
    """Return the error for one mistake in the syntax."""
    diagnostic = Diagnostic(Severity.ERROR, message, location, hint=hint)
    return Malformed((Finding("syntax", diagnostic),))


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, in characters from its start; `end` is behind it."""

    start: int
    end: int


class CommentPosition(Enum):
    """The position of a comment: before a node, at the end of its line, or below its line."""

    BEFORE = "before"
    BESIDE = "beside"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, line by line. `span` covers the marks around it, too."""

    lines: tuple[str, ...]
    position: CommentPosition
    location: Location
    span: Span


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Text within a node, without the indentation that all of its lines share."""

    lines: tuple[str, ...]
    location: Location
    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute. `location` is where its name stands, `note` the comment beside it.

    In HID, the value of `name` may stand without its tag; `tagged` is False then.
    """

    name: str
    value: str
    location: Location
    span: Span
    value_span: Span
    note: str = ""
    tagged: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """A node with everything in it. A disabled one is there for the reader only.

    `span` covers all of the node. `head` ends behind the last attribute, which is where a new
    one goes. `anchor` is the offset of HID's `+`, or of the begin of the tag.
    """

    name: str
    attributes: tuple[Attribute, ...]
    items: tuple[Node | TextBlock | Comment, ...]
    location: Location
    span: Span
    head: int
    anchor: int
    disabled: bool = False
    note: str = ""

    def attribute(self, name: str) -> Attribute | None:
        """Return the first attribute of that name, which is the one that counts."""
        return next((one for one in self.attributes if one.name == name), None)

    def get(self, name: str, default: str = "") -> str:
        """Return the value of an attribute."""
        found = self.attribute(name)
        return default if found is None else found.value

    def has(self, name: str) -> bool:
        """Return whether there is an attribute of that name."""
        return self.attribute(name) is not None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes within, without disabled ones."""
        return tuple(one for one in self.items if isinstance(one, Node) and not one.disabled)

    def named(self, name: str) -> tuple[Node, ...]:
        """Return the nodes within that are called `name`, without disabled ones."""
        return tuple(one for one in self.nodes if one.name == name)

    def first(self, name: str) -> Node | None:
        """Return the first node within that is called `name`."""
        return next(iter(self.named(name)), None)

    def walk(self) -> Iterator[Node]:
        """Yield the node and all nodes below it, disabled ones as well."""
        yield self
        for one in self.items:
            if isinstance(one, Node):
                yield from one.walk()

    @property
    def meaning(self) -> tuple[object, ...]:
        """The content of the node regardless of its syntax, for comparison with another node's."""
        parts = tuple(
            one.meaning if isinstance(one, Node) else ("text", one.lines)
            for one in self.items
            if not isinstance(one, Comment)
        )
        attributes = tuple(sorted((one.name, one.value) for one in self.attributes))
        return self.name, self.disabled, attributes, parts

    def place_of(self, attribute: str) -> Location:
        """Return where an attribute stands, or the node itself without it."""
        found = self.attribute(attribute)
        return found.location if found else self.location


@dataclass(frozen=True)
class Document:
    """A configuration as it was read. `text` is what the spans refer to.

    `remarks` are findings that the syntax allows but that are probably mistakes.
    """

    file: str
    text: str
    syntax: Syntax
    root: Node
    remarks: tuple[Finding, ...] = ()

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes in the order of the text."""
        return tuple(self.root.walk())


TranslateLocation = Callable[[Location], Location]
"""Maps a place in a generated text to where that text was written."""


class LocationMap:
    """Turns offsets in a text into locations."""

    def __init__(self, file: str, text: str, translate: TranslateLocation | None = None) -> None:
        self._file = file
        self._translate = translate
        self._starts = [0]
        start = text.find("\n")
        while start >= 0:
            self._starts.append(start + 1)
            start = text.find("\n", start + 1)

    def at(self, offset: int) -> Location:
        """Return the location of a character."""
        from bisect import bisect_right

        line = bisect_right(self._starts, offset)
        return self.moved(Location(self._file, line, offset - self._starts[line - 1] + 1))

    def moved(self, location: Location) -> Location:
        """Return where a place in the text was written."""
        return self._translate(location) if self._translate else location


def dedent(lines: list[str]) -> tuple[str, ...]:
    """Return lines without blank ones at both ends and without the indentation they share."""
    while lines and not lines[0].strip():
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    stripped = [line.rstrip() for line in lines]
    full = [line for line in stripped if line]
    if not full:
        return ()
    shared = min(len(line) - len(line.lstrip()) for line in full)
    return tuple(line[shared:] for line in stripped)

"""Texts of a makefile that may contain references.

GNU make manual, "Basics of Variable References". Reading keeps such a text as it is; the
evaluator compiles it when it is expanded for the first time, because most texts of a makefile
never are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from genode_tool.makefile.words import SPACE
from genode_tool.regex import regex

# The argument is the evaluation; its type belongs to rooms that know one.
Expand = Callable[[Any], str]

CLOSING = {"(": ")", "{": "}"}
PARENTHESES = {"(": regex(r"[()]"), "{": regex(r"[{}]")}


class Compiler(Protocol):
    """The part of an evaluation that a text calls when it is expanded."""

    def compile(self, raw: str, /) -> Expand:
        """Return `raw` as a function of an evaluation."""


class Text:
    """A piece of a makefile: `raw` is its text. This one is `static`: it holds no reference."""

    __slots__ = ("raw",)
    static = True

    def __init__(self, raw: str) -> None:
        self.raw = raw

    def expand(self, _compiler: Compiler, /) -> str:
        """Return the expansion in an evaluation."""
        return self.raw

    def __repr__(self) -> str:
        return f"Text({self.raw!r})"


class _Template(Text):
    """A text with references, compiled when it is expanded for the first time."""

    __slots__ = ("expand",)
    static = False

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.expand: Expand = self._first

    def _first(self, compiler: Compiler) -> str:
        self.expand = compiler.compile(self.raw)
        return self.expand(compiler)


_template = lru_cache(maxsize=65536)(_Template)


def text(raw: str) -> Text:
    """Return `raw` as a `Text`; equal ones with references are compiled once."""
    return _template(raw) if "$" in raw else Text(raw)


def constant(value: str) -> Expand:
    """Return the function that expands to `value` in every evaluation."""
    return lambda _evaluation: value


def expanded(arguments: list[Text]) -> Callable[[Any], list[str]]:
    """Return a function of an evaluation that expands all `arguments`.

    Most calls have one argument with references, or none.
    """
    raw = [one.raw for one in arguments]
    moving = [place for place, one in enumerate(arguments) if not one.static]
    if not moving:
        return lambda _evaluation: raw.copy()
    if len(moving) > 1:
        return lambda evaluation: [one.expand(evaluation) for one in arguments]
    (place,) = moving
    only = arguments[place]
    if len(raw) == 1:
        return lambda evaluation: [only.expand(evaluation)]

    def expand(evaluation: Any) -> list[str]:
        value = only.expand(evaluation)
        values = raw.copy()
        values[place] = value
        return values

    return expand


def split_words(raw: str) -> list[str]:
    """Split a text at white space outside of references."""
    found = []
    position, size = 0, len(raw)
    while position < size:
        if raw[position] in SPACE:
            position += 1
            continue
        start = position
        while position < size and raw[position] not in SPACE:
            position = skip_reference(raw, position) if raw[position] == "$" else position + 1
        found.append(raw[start:position])
    return found


def skip_reference(raw: str, dollar: int) -> int:
    """Return the position after the reference that starts at `raw[dollar]`.

    An unterminated one reaches to the end.
    """
    start = dollar + 1
    if start >= len(raw):
        return start
    opening = raw[start]
    if opening not in CLOSING:
        return start + 1
    depth = 0
    for match in PARENTHESES[opening].finditer(raw, start + 1):
        if match.group() == opening:
            depth += 1
        elif depth:
            depth -= 1
        else:
            return match.end()
    return len(raw)

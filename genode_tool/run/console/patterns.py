"""Patterns with the meaning that `expect` gives them.

Regular expressions are Tcl's (re_syntax(n): leftmost match, `.` matches newlines). They are
evaluated by a Tcl interpreter behind the `RegexEngine` seam, so that their meaning is exact.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

Span = tuple[int, int]


class RegexEngine(Protocol):
    """Finds a Tcl regular expression in a text."""

    def search(self, pattern: str, text: str, *, nocase: bool = False) -> tuple[Span, ...] | None:
        """Return the spans of the match and of its sub-matches, or None.

        A sub-match that did not take part has the span (-1, -1). Raises `ScriptError` when
        the pattern is malformed.
        """


class PatternKind(Enum):
    """The kind of a pattern, which decides how its text is matched."""

    GLOB = "-gl"
    EXACT = "-ex"
    REGEX = "-re"
    EOF = "eof"
    TIMEOUT = "timeout"
    FULL_BUFFER = "full_buffer"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing to wait for."""

    kind: PatternKind
    text: str = ""
    nocase: bool = False

    def excluded(self, text: str) -> bool:
        """Return whether `text` does not contain what every match of the pattern contains."""
        if self.nocase or self.kind not in (PatternKind.GLOB, PatternKind.REGEX):
            return False
        return required_text(self.regex) not in text

    @property
    def regex(self) -> str:
        """A glob or a regular expression as a Tcl regular expression."""
        return glob_to_regex(self.text) if self.kind is PatternKind.GLOB else self.text

    def search(self, text: str, engine: RegexEngine) -> tuple[Span, ...] | None:
        """Return the spans of the match and of its sub-matches in `text`, or None."""
        match self.kind:
            case PatternKind.EXACT:
                if self.nocase:
                    return engine.search(f"***={self.text}", text, nocase=True)
                start = text.find(self.text)
                return None if start < 0 else ((start, start + len(self.text)),)
            case PatternKind.GLOB | PatternKind.REGEX:
                return engine.search(self.regex, text, nocase=self.nocase)
            case PatternKind.NULL:
                start = text.find("\0")
                return None if start < 0 else ((start, start + 1),)
            case _:
                return None


def exact(text: str) -> Pattern:
    """Return the pattern for the very text."""
    return Pattern(PatternKind.EXACT, text)


def glob(text: str) -> Pattern:
    """Return the pattern for a glob that may match anywhere."""
    return Pattern(PatternKind.GLOB, text)


def regex(text: str) -> Pattern:
    """Return the pattern for a Tcl regular expression."""
    return Pattern(PatternKind.REGEX, text)


@functools.lru_cache(maxsize=256)
def required_text(pattern: str) -> str:
    """Return a text that every match of a Tcl regular expression contains; "" if none is known.

    Searching a log for it takes a fraction of the time that the expression takes. Source:
    re_syntax(n). Only what stands outside of brackets and groups is looked at; alternatives,
    options and codes of characters are left to Tcl.
    """
    if "|" in pattern or _UNCLEAR.search(pattern):
        return ""
    runs, run = [], ""
    index = 0
    while index < len(pattern):
        character, literal = pattern[index], ""
        if character == "\\" and index + 1 < len(pattern):
            index += 1
            escaped = pattern[index]
            literal = _CONTROL.get(escaped, "") if escaped.isalnum() else escaped
        elif character == "[":
            index = _bracket_end(pattern, index)
        elif character == "(":
            index = _group_end(pattern, index)
        elif character not in "^$.*+?{":
            literal = character
        index += 1
        quantifier = pattern[index : index + 1]
        bound = _BOUND.match(pattern, index)
        if literal and quantifier not in ("*", "?", "{"):
            run += literal
        if not literal or quantifier in ("*", "?", "{", "+"):
            runs.append(run)
            run = ""
        if bound:
            index = bound.end()
    return max((*runs, run), key=len)


_UNCLEAR = re.compile(r"^\*\*\*|^\(\?[^:]|\\[0-9uUxc]")
_BOUND = re.compile(r"\{\d+(,\d*)?\}")
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}


def _bracket_end(pattern: str, start: int) -> int:
    """Return the index of the `]` that ends a bracket expression, or the end of the pattern."""
    index = start + 1
    if pattern.startswith("^", index):
        index += 1
    if pattern.startswith("]", index):
        index += 1
    while index < len(pattern) and pattern[index] != "]":
        if pattern[index] == "\\":
            index += 1
        elif pattern.startswith(("[:", "[.", "[="), index):
            close = pattern.find(pattern[index + 1] + "]", index + 2)
            index = len(pattern) if close < 0 else close + 1
        index += 1
    return index


def _group_end(pattern: str, start: int) -> int:
    """Return the index of the `)` that ends a group, or the end of the pattern."""
    depth, index = 0, start
    while index < len(pattern):
        if pattern[index] == "\\":
            index += 1
        elif pattern[index] == "[":
            index = _bracket_end(pattern, index)
        elif pattern[index] in "()":
            depth += 1 if pattern[index] == "(" else -1
            if not depth:
                break
        index += 1
    return index


@functools.lru_cache(maxsize=256)
def glob_to_regex(text: str) -> str:
    """Translate an `expect` glob into a Tcl regular expression.

    expect(1): the pattern may match anywhere unless it begins with `^` or ends with `$`;
    `*`, `?`, `[…]` and backslash are as in `string match`, and `*` takes as much as it can.
    """
    pieces: list[str] = []
    index, end = 0, len(text)
    if text.startswith("^"):
        pieces.append("^")
        index = 1
    anchored_end = len(text) > index and text.endswith("$") and not text.endswith("\\$")
    if anchored_end:
        end -= 1
    while index < end:
        character = text[index]
        if character == "*":
            pieces.append(".*")
        elif character == "?":
            pieces.append(".")
        elif character == "\\" and index + 1 < end:
            index += 1
            pieces.append(_literal(text[index]))
        elif character == "[" and (close := text.find("]", index + 1, end)) > index:
            pieces.append(_character_class(text[index + 1 : close]))
            index = close
        else:
            pieces.append(_literal(character))
        index += 1
    if anchored_end:
        pieces.append("$")
    # "(?:)" keeps a pattern such as "***x" from being read as a directive of the regex syntax.
    return "(?:)" + "".join(pieces)


def _literal(character: str) -> str:
    return character if character.isalnum() or character.isspace() else "\\" + character


def _character_class(content: str) -> str:
    alternatives = []
    index = 0
    while index < len(content):
        if content[index + 1 : index + 2] == "-" and index + 2 < len(content):
            low, high = sorted((content[index], content[index + 2]))
            alternatives.append(rf"[\u{ord(low):04x}-\u{ord(high):04x}]")
            index += 3
        else:
            alternatives.append(_literal(content[index]))
            index += 1
    return "(?:" + "|".join(alternatives) + ")" if alternatives else "(?:)"

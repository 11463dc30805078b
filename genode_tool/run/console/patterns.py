"""Patterns with the meaning that `expect` gives them.

Regular expressions are Tcl's (re_syntax(n): leftmost match, `.` matches newlines). They are
evaluated by a Tcl interpreter behind the `RegexEngine` seam, so that their meaning is exact.
"""

from __future__ import annotations

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
    """How a pattern's text is meant."""

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

    def search(self, text: str, engine: RegexEngine) -> tuple[Span, ...] | None:
        """Return the spans of the match and of its sub-matches in `text`, or None."""
        match self.kind:
            case PatternKind.EXACT:
                if self.nocase:
                    return engine.search(f"***={self.text}", text, nocase=True)
                start = text.find(self.text)
                return None if start < 0 else ((start, start + len(self.text)),)
            case PatternKind.GLOB:
                return engine.search(glob_to_regex(self.text), text, nocase=self.nocase)
            case PatternKind.REGEX:
                return engine.search(self.text, text, nocase=self.nocase)
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

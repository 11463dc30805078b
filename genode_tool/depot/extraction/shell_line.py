"""Reads the command lines of recipes that need no shell: plain programs with plain words.

`read_line` understands words in quotes, patterns for file names, `;`, `&&`, and the output of a
program into a file. Whatever else means something to a shell makes it give up, and the line goes
to a real one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from genode_tool.regex import regex

_TOKEN = regex(
    r"""
      (?P<blank>[ \t]+|\\\n)
    | (?P<end>;|&&)
    | (?P<into>>>?)
    | (?P<single>'[^']*')
    | (?P<double>"[^"$`\\]*")
    | (?P<pattern>[*?])
    | (?P<plain>[^\s;&|<>()$`\\"'*?\[\]{}~#!=]+|[~#!](?<=\S.)|=)
    """,
    re.VERBOSE,
)
_SIMPLE = regex(r"(?:[ \t;]|[^\s&|<>()$`\\\"'*?\[\]{}~#!=])*")
"""Plain words and `;` alone, which most lines are."""

_REDIRECTS_OTHERS = regex(r"\d")


@dataclass(frozen=True, slots=True)
class Word:
    """A word; `pattern` is the same with quoted characters escaped, "" if it is no pattern."""

    text: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A program with its arguments. Its output goes into the file `into` unless that is empty.

    `append`: to its end. `on_success`: only when the call before ended with 0.
    """

    words: tuple[Word, ...]
    into: str = ""
    append: bool = False
    on_success: bool = False


def read_line(line: str) -> list[Call] | None:
    """Return the calls in a command line, None when it takes a shell."""
    if _SIMPLE.fullmatch(line):
        parts = line.split(";")
        if len(parts) > 1 and not parts[-1].strip():
            parts.pop()
        found = [tuple(map(Word, part.split())) for part in parts]
        return list(map(Call, found)) if all(found) else None
    return _Reader(line).read()


class _Reader:
    def __init__(self, line: str) -> None:
        self._line = line
        self._calls: list[Call] = []
        self._words: list[Word] = []
        self._text = ""
        self._pattern = ""
        self._is_pattern = False
        self._inside = False
        self._into: tuple[bool, str] | None = None
        self._wants_file: bool | None = None
        self._on_success = False

    def read(self) -> list[Call] | None:
        position = 0
        line = self._line
        while position < len(line):
            found = _TOKEN.match(line, position)
            if found is None:
                return None
            position = found.end()
            if not self._take(str(found.lastgroup), found.group()):
                return None
        return self._calls if self._end_call(last=True) else None

    def _take(self, kind: str, text: str) -> bool:
        match kind:
            case "blank":
                return self._end_word()
            case "end":
                return self._end_call(on_success=text == "&&")
            case "into":
                # `2>` redirects another descriptor.
                if self._inside and _REDIRECTS_OTHERS.fullmatch(self._text):
                    return False
                if not self._end_word() or self._into is not None:
                    return False
                self._wants_file = text == ">>"
            case "single" | "double":
                self._add(text[1:-1], quoted=True)
            case "pattern":
                self._is_pattern = True
                self._text += text
                self._pattern += text
                self._inside = True
            case _:
                self._add(text)
        return True

    def _add(self, text: str, *, quoted: bool = False) -> None:
        self._text += text
        self._pattern += re.sub(r"[*?\[]", r"[\g<0>]", text) if quoted else text
        self._inside = True

    def _end_word(self) -> bool:
        if not self._inside:
            return True
        if self._wants_file is not None:
            if self._is_pattern:
                return False
            self._into = self._wants_file, self._text
            self._wants_file = None
        else:
            self._words.append(Word(self._text, self._pattern if self._is_pattern else ""))
        self._text = self._pattern = ""
        self._is_pattern = self._inside = False
        return True

    def _end_call(self, *, on_success: bool = False, last: bool = False) -> bool:
        if not self._end_word() or self._wants_file is not None:
            return False
        if not self._words:
            # `cmd ;` may end with its separator, nothing else may be empty.
            return last and self._into is None and not self._on_success and bool(self._calls)
        append, into = self._into or (False, "")
        self._calls.append(Call(tuple(self._words), into, append, self._on_success))
        self._words, self._into = [], None
        self._on_success = on_success
        return True

"""Logical lines: continuation, comments, quoting.

GNU make manual, "Splitting Long Lines", "What Makefiles Contain".
"""

from __future__ import annotations

import re
from functools import lru_cache

from genode_tool.makefile.reading.text import skip_reference
from genode_tool.regex import regex

_CONTINUATION = regex(r"(\\+)\n")
_BLANKS = " \t"


def decode(content: bytes) -> str:
    """Return the text of a makefile: bytes that are not UTF-8 survive as surrogates.

    A byte order mark is dropped, and a carriage return before a newline.
    """
    text = content.decode("utf-8", "surrogateescape")
    if text.startswith("\ufeff"):
        text = text[1:]
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if "\0" in text:
        text = "\n".join([line.partition("\0")[0] for line in text.split("\n")])
    return text


def logical_line(text: str, start: int) -> tuple[str, int]:
    """Return the logical line at `start`, continuations kept, and the start of the next one."""
    end = text.find("\n", start)
    while end >= 0:
        line = text[start:end]
        if not (line.endswith("\\") and _odd_backslashes(line)):
            return line, end + 1
        if end + 1 == len(text):
            # The file ends here, with an empty line to go on with.
            return line + "\n", end + 1
        end = text.find("\n", end + 1)
    return text[start:], len(text)


def _odd_backslashes(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def collapse(line: str, posix: bool = False) -> str:
    """Replace each backslash-newline, with the white space around it, by one space.

    With `posix`, the white space before it stays, and each of several leaves a space.
    """
    if "\n" not in line:
        return line
    done = ""
    position = 0
    for match in _CONTINUATION.finditer(line):
        slashes = len(match.group(1))
        done += line[position : match.start()] + "\\" * (slashes // 2)
        position = match.end()
        if slashes % 2:
            # Several in a row leave one blank.
            done = (done if posix else done.rstrip(_BLANKS)) + " "
            while position < len(line) and line[position] in _BLANKS:
                position += 1
        else:
            done += "\n"
    return done + line[position:]


def find_unquoted(line: str, stops: str, references: bool = True) -> tuple[str, int]:
    r"""Find the first unquoted character of `stops`; return (line, its position or -1).

    A backslash quotes such a character. The returned line is unquoted up to there: backslashes
    before a stop are halved. With `references`, text inside `$(…)` does not count.
    """
    position = 0
    pattern = _stops(stops, references)
    while True:
        match = pattern.search(line, position)
        if match is None:
            return line, -1
        position = match.start()
        if references and line[position] == "$":
            position = skip_reference(line, position)
            continue
        start = position
        while start and line[start - 1] == "\\":
            start -= 1
        slashes = position - start
        if not slashes:
            return line, position
        line = line[: start + slashes // 2] + line[position:]
        position = start + slashes // 2
        if slashes % 2 == 0:
            return line, position
        position += 1


@lru_cache(maxsize=64)
def _stops(stops: str, references: bool) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(stops)}{'$' if references else ''}]")


def strip_comment(line: str) -> str:
    """Cut an unquoted `#` and what follows it."""
    if "#" not in line:
        return line
    line, position = find_unquoted(line, "#")
    return line[:position] if position >= 0 else line

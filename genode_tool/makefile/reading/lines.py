"""Logical lines: continuation, comments, quoting.

GNU make manual, "Splitting Long Lines", "What Makefiles Contain".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from genode_tool.makefile.reading.text import skip_reference

_CONTINUATION = re.compile(r"(\\+)\n")
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


def logical(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield (first line number, logical line, last line number), continuations kept."""
    physical = text.split("\n")
    ended = not physical[-1]
    if ended:
        physical.pop()
    count = len(physical)
    index = 0
    while index < count:
        line = physical[index]
        start = index
        index += 1
        while line.endswith("\\") and _odd_backslashes(line):
            if index >= count:
                # The file ends here: with a newline there is an empty line to go on with.
                line += "\n" if ended else ""
                break
            line = f"{line}\n{physical[index]}"
            index += 1
        yield start + 1, line, index


def _odd_backslashes(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def collapse(line: str) -> str:
    """Replace each backslash-newline, with the white space around it, by one space."""
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
            done = done.rstrip(_BLANKS) + " "
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
    while position < len(line):
        char = line[position]
        if references and char == "$":
            position = skip_reference(line, position)
            continue
        if char not in stops:
            position += 1
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
    return line, -1


def strip_comment(line: str) -> str:
    """Cut an unquoted `#` and what follows it."""
    if "#" not in line:
        return line
    line, position = find_unquoted(line, "#")
    return line[:position] if position >= 0 else line

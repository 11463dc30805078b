"""Commands that need no shell are split here and started directly.

GNU make does the same. It shows in the error message for a program that does not exist, and in
the time that a recipe takes. A command with a character or a first word that means something to a
shell goes to the shell.
"""

from __future__ import annotations

import re

from genode_tool.regex import regex

_SHELL_CHARS = frozenset('#;"*?[]&|<>(){}$`^~!')
_SHELL_WORDS = frozenset(
    """
    . : alias bg break case cd command continue eval exec exit export fc fg for getopts hash if
    jobs login logout read readonly return set shift test times trap type ulimit umask unalias
    unset wait while
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_SHELL = "/bin/sh"
_TO_QUOTE = regex(r"""[#;"*?\[\]&|<>(){}$`^~!\\' \t\n\v\f\r]""")
_SPECIAL = regex(r"""[#;"*?\[\]&|<>(){}$`^~!]""")
_PLAIN = regex(r"[A-Za-z0-9_./+,:@%-]+(?:[ \t]+[A-Za-z0-9_./+,:@%=-]+)*")


def simple_command(command: str) -> list[str] | None:
    """Return the words of a command that needs no shell, or None."""
    command = command.strip(" \t\n")
    if _PLAIN.fullmatch(command):
        words = command.split()
    else:
        split = _split(command)
        if not split:
            return None
        words = split
    return None if words[0] in _SHELL_WORDS else words


def shell_call(shell: str, flags: str, command: str) -> tuple[str, tuple[str, ...], str]:
    """Return program, arguments and command for the values of SHELL and .SHELLFLAGS.

    Both may consist of several words, quoted as for a shell. If the flags contain anything else
    that means something to a shell, `/bin/sh` runs the whole line.
    """
    line = f"{_SPECIAL.sub(_quote, shell)} {flags}"
    words = simple_command(line)
    if words:
        return words[0], tuple(words[1:]), command
    return _SHELL, ("-c",), f"{line} {_TO_QUOTE.sub(_quote, command)}"


def _quote(found: re.Match[str]) -> str:
    return f"\\{found.group()}"


def _split(command: str) -> list[str] | None:
    """Split at blanks; a newline, which only `$(shell)` can bring, is a character of a word."""
    words: list[str] = []
    current = ""
    inside = False
    quoted = False
    position = 0
    size = len(command)
    while position < size:
        char = command[position]
        position += 1
        if quoted:
            if char == "'":
                quoted = False
            else:
                current += char
        elif char in _SHELL_CHARS:
            return None
        elif char == "=" and not words:
            # An assignment before the command.
            return None
        elif char == "'":
            quoted = inside = True
        elif char == "\\":
            if position >= size:
                return None
            char = command[position]
            position += 1
            if char != "\n":
                current += char
                inside = True
        elif char in " \t":
            if inside:
                words.append(current)
                current, inside = "", False
        else:
            current += char
            inside = True
    if quoted:
        return None
    if inside:
        words.append(current)
    return words

"""Lists of file names in rules: blanks, quoting, wildcards, `./`, order-only bars.

GNU make manual, "Types of Prerequisites", "Using Wildcard Characters in File Names".
"""

from __future__ import annotations

from genode_tool.makefile import archives, words
from genode_tool.makefile import glob as globbing
from genode_tool.makefile.reading import lines
from genode_tool.makefile.rules.rule import Prerequisite
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.regex import regex

_SPECIAL_CHARS = regex(r"[\\~*?\[(\n\v\f\r]|(?:^|[ \t])\./|(?:^|[ \t])//")
_BLANK = regex(r"(\\*)([ \t])")


def file_names(ev: Evaluator, expanded: str, glob: bool = True) -> list[str]:
    """Split an expanded list of file names, with wildcards and quoting resolved."""
    if not _SPECIAL_CHARS.search(expanded):
        return words.split(expanded)
    result: list[str] = []
    found = [_without_dot(name) for name in _split(expanded)]
    names = archives.separate_groups(found) if "(" in expanded else found
    for name in names:
        if name.startswith("~"):
            name = globbing.expand_tilde(name, ev.home)
        member = archives.divide(name) is not None
        if glob and globbing.has_magic(name):
            look = archives.matching if member else globbing.glob
            found = look(ev.inputs, ev.cwd, name, ev.home)
            if found:
                result += found
                continue
        result.append(name)
    return result


def prerequisites(ev: Evaluator, expanded: str, glob: bool = True) -> tuple[Prerequisite, ...]:
    """Split an expanded list of prerequisites; those after `|` are order-only."""
    normal, bar, order = expanded, "", ""
    at = -1
    if "|" in expanded:
        normal, at = lines.find_unquoted(expanded, "|", references=False)
    if at >= 0:
        normal, bar, order = normal[:at], "|", normal[at + 1 :]
    result = _waiting(file_names(ev, normal, glob), False)
    if bar:
        result += _waiting(file_names(ev, order, glob), True)
    return tuple(result)


def _split(text: str) -> list[str]:
    """Split at blanks; backslashes before one are halved, and one that is left over quotes it.

    A newline, which comes out of a `define`, is part of a name, unless the name begins with it.
    """
    if "\\" not in text:
        names = [one.lstrip(words.SPACE) for one in text.replace("\t", " ").split(" ")]
        return [one for one in names if one]
    result = []
    current = ""
    position = 0
    for match in _BLANK.finditer(text):
        slashes = len(match.group(1))
        piece = text[position : match.start()]
        current += (piece if current else piece.lstrip(words.SPACE)) + "\\" * (slashes // 2)
        position = match.end()
        if slashes % 2:
            current += match.group(2)
        elif current:
            result.append(current)
            current = ""
    current += text[position:] if current else text[position:].lstrip(words.SPACE)
    return [*result, current] if current else result


def _waiting(names: list[str], order_only: bool) -> list[Prerequisite]:
    if ".WAIT" not in names:
        return [Prerequisite(name, order_only) for name in names]
    result = []
    wait = False
    for name in names:
        if name == ".WAIT":
            wait = True
            continue
        result.append(Prerequisite(name, order_only, wait))
        wait = False
    return result


def _without_dot(name: str) -> str:
    """Drop leading `./`, which GNU make does not count as part of a name."""
    while len(name) > 2 and name.startswith("./"):
        name = name[2:].lstrip("/")
        if not name:
            return "./"
    return name

"""Recognising assignments: `NAME op VALUE` with the words that may stand before it.

GNU make manual, "The Two Flavors of Variables", "Setting Variables", "The `override` Directive".
"""

from __future__ import annotations

import re

from genode_tool.makefile.reading.syntax import PLAIN, Modifiers
from genode_tool.makefile.reading.text import skip_reference
from genode_tool.makefile.words import SPACE
from genode_tool.record import NamedTuple
from genode_tool.regex import regex

_WORD = regex(r"[^ \t\n\v\f\r]+")
_SIMPLE = regex(
    r"[ \t\n\v\f\r]*([^ \t\n\v\f\r$#:=+?!]+)[ \t]*(:{1,3}=|[+?!]?=)[ \t\n\v\f\r]*(.*)", re.DOTALL
)
_OPERATOR = regex(r":{1,3}=|[+?!]?=")
_STOP = regex(r"[ \t#:$=+?!]")
_BLANKS = regex(r"[ \t\n\v\f\r]*")
_DEFINITION = regex(
    r"[ \t\n\v\f\r]*(?:(?:export|unexport|override|private)[ \t\n\v\f\r]+)*"
    r"(?:define|undefine)(?=[ \t\n\v\f\r]|\Z)"
)


class Found(NamedTuple):
    """An assignment in a line, not yet expanded.

    `keyword` is "define" or "undefine" when that word stands there; `rest` is what follows it.
    """

    name: str = ""
    operator: str = ""
    value: str = ""
    modifiers: Modifiers = PLAIN
    keyword: str = ""
    rest: str = ""


def plain_assignment(line: str) -> Found | None:
    """Return the assignment that `line` is, without modifiers, or None."""
    match = _SIMPLE.match(line)
    if match:
        return Found(match.group(1), match.group(2), match.group(3))
    position = start = len(line) - len(line.lstrip(SPACE))
    while True:
        stop = _STOP.search(line, position)
        if stop is None:
            return None
        position = end = stop.start()
        char = line[position]
        if char == "$":
            position = skip_reference(line, position)
            continue
        if char in " \t":
            position = _BLANKS.match(line, position).end()  # type: ignore[union-attr]
        operator = _OPERATOR.match(line, position)
        if operator:
            value = line[operator.end() :].lstrip(SPACE)
            return Found(line[start:end], operator.group(), value)
        if char in "#: \t":
            return None
        position += 1


def modified_assignment(line: str, target: bool = False) -> Found | None:
    """Return the assignment, `define` or `undefine` that `line` is, or None.

    With `target`, `line` stands after the colon of a rule, where the last two are no keywords.
    """
    if "=" not in line and (target or not _DEFINITION.match(line)):
        return None
    rest = line.lstrip(SPACE)
    export: bool | None = None
    override = private = False
    while rest:
        found = plain_assignment(rest)
        if found is not None:
            if export is None and not override and not private:
                return found
            modifiers = Modifiers(export, override, private)
            return Found(found.name, found.operator, found.value, modifiers)
        match = _WORD.match(rest)
        word = match.group() if match else ""
        after = rest[len(word) :].lstrip(SPACE)
        if word == "export":
            export = True
        elif word == "unexport":
            export = False
        elif word == "override":
            override = True
        elif word == "private":
            private = True
        elif not target and word in ("define", "undefine"):
            return Found(keyword=word, rest=after, modifiers=Modifiers(export, override, private))
        else:
            return None
        rest = after
    return None

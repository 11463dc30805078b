"""Which variables a text refers to, as far as the text alone shows it.

GNU make manual, "Basics of Variable References", "Functions for Transforming Text".
"""

from __future__ import annotations

from genode_tool.makefile.functions.table import FUNCTIONS
from genode_tool.makefile.reading.text import skip_reference
from genode_tool.makefile.words import SPACE
from genode_tool.regex import regex

_FUNCTION = regex(r"([a-z-]+)(?:[ \t\n\v\f\r]+|\Z)")
_AUTOMATIC = regex(r"[@<^+?*|%][DF]?")
_NAMING = ("call", "value", "origin", "flavor")
_BINDING = ("foreach", "let")


def references(raw: str) -> tuple[str, ...]:
    """Return the names of variables in `raw`, each once, in order.

    Automatic variables, arguments of functions (`$1`) and names bound by `foreach` and `let`
    are left out, and so are names that only an expansion gives; what such a name is made of is in.
    """
    found: dict[str, None] = {}
    _walk(raw, found, frozenset())
    return tuple(found)


def _walk(raw: str, found: dict[str, None], bound: frozenset[str]) -> None:
    position = raw.find("$")
    while 0 <= position < len(raw) - 1:
        char = raw[position + 1]
        end = skip_reference(raw, position)
        if char == "$":
            end = position + 2
        elif char in "({":
            _reference(raw[position + 2 : end - 1], found, bound)
        else:
            _name(char, found, bound)
        position = raw.find("$", end)


def _reference(body: str, found: dict[str, None], bound: frozenset[str]) -> None:
    match = _FUNCTION.match(body)
    function = match.group(1) if match else ""
    if match and function in FUNCTIONS:
        rest = body[match.end() :]
        first, _, after = rest.partition(",")
        if function in _BINDING and "$" not in first:
            bound |= frozenset(first.split())
            rest = after
        elif function in _NAMING and "$" not in first:
            _name(first.strip(SPACE), found, bound)
        _walk(rest, found, bound)
        return
    if "$" in body:
        name = body.partition(":")[0]
        if "$" not in name:
            _name(name, found, bound)
        _walk(body, found, bound)
        return
    name, colon, substitution = body.partition(":")
    _name(name if colon and "=" in substitution else body, found, bound)


def _name(name: str, found: dict[str, None], bound: frozenset[str]) -> None:
    if not name or name in bound or name.isdigit() or _AUTOMATIC.fullmatch(name):
        return
    if name in FUNCTIONS and name != name.upper():
        return
    found.setdefault(name)

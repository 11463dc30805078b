"""Reading conditionals: `ifeq`, `ifdef`, `else`, and where their branches end.

GNU make manual, "Syntax of Conditionals".
"""

from __future__ import annotations

from genode_tool.makefile.reading.syntax import (
    Assign,
    Condition,
    Else,
    Endif,
    Node,
    RecipeBlock,
    UnreadableLine,
)
from genode_tool.makefile.reading.text import Text, text
from genode_tool.makefile.words import SPACE
from genode_tool.regex import regex

_BLANKS = " \t"
_CONDITIONAL = regex(r"[ \t]*(ifn?def|ifn?eq|else|endif)(?=[ \t]|\Z)")
_DELIMITER = regex(r"[(),]")


def condition(number: int, keyword: str, rest: str) -> Condition:
    """Return the condition that follows `keyword`."""
    empty = Text("")
    if keyword in ("ifdef", "ifndef"):
        return Condition(number, keyword, text(rest.rstrip(SPACE)), empty)
    invalid = Condition(number, keyword, empty, empty, "invalid syntax in conditional")
    if not rest or rest[0] not in "(\"'":
        return invalid
    if rest[0] == "(":
        end = _closing(rest, 1, ",")
        if end < 0:
            return invalid
        left = rest[1:end].rstrip(_BLANKS)
        start = end + 1
        while start < len(rest) and rest[start] in SPACE:
            start += 1
        end = _closing(rest, start, ")")
    else:
        end = rest.find(rest[0], 1)
        if end < 0:
            return invalid
        left = rest[1:end]
        start = end + 1
        while start < len(rest) and rest[start] in SPACE:
            start += 1
        if start >= len(rest) or rest[start] not in "\"')":
            return invalid
        if rest[start] == ")":  # GNU make takes it for the end of an empty second argument
            end = start
        else:
            start += 1
            end = rest.find(rest[start - 1], start)
    if end < 0:
        return invalid
    extra = rest[end + 1 :].strip(SPACE)
    warning = f"extraneous text after '{keyword}' directive" if extra else ""
    return Condition(number, keyword, text(left), text(rest[start:end]), warning=warning)


def _closing(rest: str, start: int, stop: str) -> int:
    depth = 0
    for match in _DELIMITER.finditer(rest, start):
        char = match.group()
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if stop == ")" and depth < 0:
                return match.start()
        elif char == stop and depth <= 0:
            return match.start()
    return -1


def otherwise(number: int, rest: str) -> Else:
    """Return the `else` with `rest` behind it."""
    if not rest:
        return Else(number)
    match = _CONDITIONAL.match(rest)
    if match is None or match.group(1) in ("else", "endif"):
        return Else(number, warning="extraneous text after 'else' directive")
    return Else(number, condition(number, match.group(1), rest[match.end() :].lstrip(SPACE)))


def skips(nodes: tuple[Node, ...]) -> tuple[int, ...]:
    """Return, for each conditional, the index of the `else` or `endif` that ends its branch."""
    skip = [-1] * len(nodes)
    for node in nodes:
        if isinstance(node, RecipeBlock) and any(
            _CONDITIONAL.match(one.text) for one in node.lines
        ):
            # Without a rule before them these lines are conditionals: search line by line.
            return tuple(skip)
        if isinstance(node, Assign | UnreadableLine) and node.resume:
            return tuple(skip)
    open_: list[int] = []
    for index, node in enumerate(nodes):
        kind = type(node)
        if kind is Condition:
            open_.append(index)
        elif (kind is Else or kind is Endif) and open_:
            skip[open_.pop()] = index
            if kind is Else:
                open_.append(index)
    return tuple(skip)

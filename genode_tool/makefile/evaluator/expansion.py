"""Expansion: texts with references, compiled once into functions of an evaluation.

GNU make manual, "Basics of Variable References", "Substitution References", "Function Call
Syntax". Errors of syntax are raised when the text is expanded, not when it is compiled: GNU
make does the same, and what stands before the error has its effect.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

from genode_tool.makefile import words
from genode_tool.makefile.functions.function import Function
from genode_tool.makefile.functions.table import FUNCTIONS
from genode_tool.makefile.reading.text import (
    CLOSING,
    PARENTHESES,
    Expand,
    Text,
    constant,
    expanded,
    text,
)
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.regex import regex

_ARGUMENTS = {"(": regex(r"[(),]"), "{": regex(r"[{},]")}
_FUNCTION = regex(r"([a-z-]+)(?=[ \t\n\v\f\r]|\Z)")
# The parentheses and the name of a reference that is neither computed, nor a substitution, nor a
# call.
_PLAIN = regex(r"\([^\s$():={},]+\)|\{[^\s$():={},]+\}")
_SPACES = regex(r"[ \t\n\v\f\r]*")
_UNKNOWN = regex(r"([A-Za-z_-][\w-]*)[ \t]+\S")


def compile_text(raw: str) -> Expand:
    """Compile a text with references into a function of an evaluation."""
    parts: list[str | Expand] = []
    position = 0
    size = len(raw)
    while True:
        dollar = raw.find("$", position)
        if dollar < 0:
            if position < size:
                parts.append(raw[position:])
            break
        if dollar > position:
            parts.append(raw[position:dollar])
        if dollar + 1 == size:
            parts.append("$")
            break
        plain = _PLAIN.match(raw, dollar + 1)
        if plain is not None:
            parts.append(_variable(raw[dollar + 2 : plain.end() - 1]))
            position = plain.end()
            continue
        char = raw[dollar + 1]
        position = dollar + 2
        if char == "$":
            parts.append("$")
        elif char in CLOSING:
            part, position = _reference(raw, dollar + 1)
            parts.append(part)
        else:
            parts.append(_variable(char))
    return _join(parts)


def _join(parts: list[str | Expand]) -> Expand:
    """Return the function that expands to all `parts`, one after the other.

    Most texts have one, two or three parts; a text of its own around a part goes faster than a
    list of parts.
    """
    if len(parts) == 1:
        only = parts[0]
        return constant(only) if isinstance(only, str) else only
    if len(parts) == 2:
        return _join_two(*parts)
    if len(parts) == 3 and isinstance(parts[1], str):
        first, between, last = parts
        if not isinstance(first, str) and not isinstance(last, str):
            return lambda ev: f"{first(ev)}{between}{last(ev)}"

    def expand(ev: Evaluator) -> str:
        return "".join([part if part.__class__ is str else part(ev) for part in parts])  # type: ignore[operator]

    return expand


def _join_two(first: str | Expand, second: str | Expand) -> Expand:
    if isinstance(first, str):
        if isinstance(second, str):
            return constant(first + second)
        return lambda ev: first + second(ev)
    if isinstance(second, str):
        return lambda ev: first(ev) + second
    return lambda ev: first(ev) + second(ev)


@lru_cache(maxsize=16384)
def _variable(name: str) -> Expand:
    def expand(ev: Evaluator) -> str:
        scopes = ev.scopes
        if scopes:
            found = scopes[-1].get(name)
            if found is None:
                found = ev.find(name)
        else:
            found = ev.globals.get(name)
        if found is None:
            return ev.undefined(name)
        return ev.expand_variable(found) if found.recursive else found.value

    return expand


def _failing(message: str, raw: str, position: int, function: str = "") -> Expand:
    def expand(ev: Evaluator) -> NoReturn:
        ev.fail(message, within=raw, position=position, function=function)

    return expand


def _reference(raw: str, start: int) -> tuple[Expand, int]:
    """Compile the reference whose opening parenthesis is `raw[start]`; return it and its end."""
    begin = start + 1
    match = _FUNCTION.match(raw, begin)
    if match:
        function = FUNCTIONS.get(match.group(1))
        if function is not None:
            return _call(raw, start, match.end(), function)
    opening = raw[start]
    closing = CLOSING[opening]
    end = raw.find(closing, begin)
    if end < 0:
        return _failing("unterminated variable reference", raw, start - 1), len(raw)
    after = end + 1
    if raw.find("$", begin, end) >= 0:
        depth = 0
        for paren in PARENTHESES[opening].finditer(raw, begin):
            if paren.group() == opening:
                depth += 1
            elif depth:
                depth -= 1
            else:
                end = paren.start()
                misspelt = _UNKNOWN.match(raw, begin, end)
                name = misspelt.group(1) if misspelt else ""
                return _computed(text(raw[begin:end]), name), end + 1
        # Unbalanced, as in `$($(a) b`: GNU make takes the first closing parenthesis, and drops the
        # rest of the text.
        after = len(raw)
    body = raw[begin:end]
    colon = body.find(":")
    if colon >= 0:
        equal = body.find("=", colon + 1)
        if equal >= 0:
            return _substitution(body[:colon], body[colon + 1 : equal], body[equal + 1 :]), after
    if _UNKNOWN.match(body):
        return _unknown(body), after
    return _variable(body), after


def _unknown(body: str) -> Expand:
    """Compile a reference to a variable with a space in its name: most likely a typing error."""
    plain = _variable(body)

    def expand(ev: Evaluator) -> str:
        if ev.find(body) is None:
            ev.unknown_function(body.split()[0])
        return plain(ev)

    return expand


def _computed(inner: Text, function: str) -> Expand:
    """Compile a reference whose name is computed; `function` is what it may be meant to call."""

    def expand(ev: Evaluator) -> str:
        body = inner.expand(ev)
        colon = body.find(":")
        if colon >= 0:
            equal = body.find("=", colon + 1)
            if equal >= 0:
                value = ev.value(body[:colon])
                return _substitute(body[colon + 1 : equal], body[equal + 1 :], value)
        if function and ev.find(body) is None:
            ev.unknown_function(function)
        return ev.value(body)

    return expand


def _substitute(from_: str, to: str, value: str) -> str:
    if not value:
        return ""
    if words.pattern(from_)[1] is None:
        return words.replace_suffix(from_, to, value)
    return words.patsubst(from_, to, value)


def _substitution(name: str, from_: str, to: str) -> Expand:
    variable = _variable(name)
    if words.pattern(from_)[1] is None:
        return lambda ev: words.replace_suffix(from_, to, variable(ev))
    return lambda ev: words.patsubst(from_, to, variable(ev))


def _call(raw: str, start: int, after: int, function: Function) -> tuple[Expand, int]:
    """Compile a function call whose name ends at `after`."""
    opening = raw[start]
    begin = _SPACES.match(raw, after).end()  # type: ignore[union-attr]
    depth = 0
    arguments: list[str] = []
    end = -1
    position = begin
    for match in _ARGUMENTS[opening].finditer(raw, begin):
        char = match.group()
        if char == opening:
            depth += 1
        elif char == ",":
            if not depth and (not function.most or len(arguments) + 1 < function.most):
                arguments.append(raw[position : match.start()])
                position = match.end()
        elif depth:
            depth -= 1
        else:
            end = match.start()
            break
    if end < 0:
        message = f"unterminated call to function '{function.name}': missing '{CLOSING[opening]}'"
        return _failing(message, raw, start - 1, function.name), len(raw)
    arguments.append(raw[position:end])
    if arguments == [""] and not function.least:
        arguments = [""]
    if len(arguments) < function.least:
        message = (
            f"insufficient number of arguments ({len(arguments)}) to function '{function.name}'"
        )
        failing = _failing(message, raw, start - 1, function.name)
        if function.run is None:
            return failing, end + 1
        # The arguments are expanded before they are counted.
        given = text(",".join(arguments))
        return lambda ev: (given.expand(ev) and failing(ev)) or failing(ev), end + 1
    compiled = [text(argument) for argument in arguments]
    if function.build is not None:
        return function.build(compiled), end + 1
    implementation = function.run
    assert implementation is not None
    values_of = expanded(compiled)
    return lambda ev: implementation(ev, values_of(ev)), end + 1

"""Functions that decide, define and report.

GNU make manual: "Functions for Conditionals", "The `let` Function", "The `foreach` Function",
"The `call` Function", "The `value` Function", "The `eval` Function", "The `origin` Function",
"The `flavor` Function", "Functions That Control Make", "The `shell` Function".
"""

from __future__ import annotations

from functools import lru_cache

from genode_tool.errors import Severity
from genode_tool.makefile import words
from genode_tool.makefile.functions.strings import integer
from genode_tool.makefile.reading.text import Expand, Text, expanded, text
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.makefile.variables.variable import Bound, Variable

_ODD = frozenset("():$")
# Calls nested deeper than this, with arguments of more characters than that, never end.
_NESTED = 12
_LONG = 1 << 20


def _stripped(condition: Text) -> Text:
    """Cut the white space around a condition, before its expansion."""
    return text(condition.raw.strip(words.SPACE))


def if_(arguments: list[Text]) -> Expand:
    """$(if condition,then[,else])."""
    condition, then = _stripped(arguments[0]), arguments[1]
    otherwise = arguments[2] if len(arguments) > 2 else text("")

    def expand(ev: Evaluator) -> str:
        return then.expand(ev) if condition.expand(ev) else otherwise.expand(ev)

    return expand


def or_(arguments: list[Text]) -> Expand:
    """$(or condition,…)."""
    conditions = [_stripped(one) for one in arguments]

    def expand(ev: Evaluator) -> str:
        for condition in conditions:
            value = condition.expand(ev)
            if value:
                return value
        return ""

    return expand


def and_(arguments: list[Text]) -> Expand:
    """$(and condition,…)."""
    conditions = [_stripped(one) for one in arguments]

    def expand(ev: Evaluator) -> str:
        value = ""
        for condition in conditions:
            value = condition.expand(ev)
            if not value:
                return ""
        return value

    return expand


def intcmp(arguments: list[Text]) -> Expand:
    """$(intcmp left,right[,less[,equal[,greater]]])."""
    first, second, *branches = arguments

    def expand(ev: Evaluator) -> str:
        left_text, right_text = first.expand(ev), second.expand(ev)
        left = integer(ev, left_text, "first", "intcmp")
        right = integer(ev, right_text, "second", "intcmp")
        if not branches:
            return str(left) if left == right else ""
        if left < 0 and right < 0:
            # GNU make 4.4.1 compares the digits of two negative numbers, not their values.
            left, right = -left, -right
        which = 0 if left < right else 1 if left == right else 2
        if which >= len(branches):
            which = len(branches) - 1 if which == 2 and len(branches) == 2 else -1
        return branches[which].expand(ev) if which >= 0 else ""

    return expand


def foreach(arguments: list[Text]) -> Expand:
    """$(foreach variable,list,text); of several words, the first one names the variable."""
    variable_name, items, body = arguments

    def expand(ev: Evaluator) -> str:
        name = next(iter(words.split(variable_name.expand(ev))), "")
        variable = Bound(name, "")
        # The list is expanded outside of the loop's scope.
        listed = words.split(items.expand(ev))
        scopes = ev.scopes
        scopes.append({name: variable})
        try:
            return " ".join([body.expand(ev) for variable.value in listed])
        finally:
            scopes.pop()

    return expand


def let(arguments: list[Text]) -> Expand:
    """$(let variable…,list,text): the last variable is the rest of the list."""
    variable_names, items, body = arguments

    def expand(ev: Evaluator) -> str:
        names = words.split(variable_names.expand(ev))
        rest = items.expand(ev)
        scope: dict[str, Variable] = {}
        for position, name in enumerate(names):
            if position == len(names) - 1:
                value = rest.lstrip(words.SPACE)
            else:
                head = rest.lstrip(words.SPACE)
                found = words.split(head)
                value = found[0] if found else ""
                rest = head[len(value) :]
            scope[name] = Bound(name, value)
        ev.push(scope)
        try:
            return body.expand(ev)
        finally:
            ev.pop()

    return expand


def call(arguments: list[Text]) -> Expand:
    """$(call variable,param,…); the name of a function calls that function."""
    first, *parameters = arguments
    values_of = expanded(parameters)

    def expand(ev: Evaluator) -> str:
        name = first.expand(ev).strip(words.SPACE)
        values = values_of(ev)
        if not name:
            return ""
        if name in ev.function_names:
            return ev.call_function(name, values)
        return _call_variable(ev, name, values)

    return expand


@lru_cache(maxsize=64)
def _parameters(end: int) -> tuple[str, ...]:
    """Return the names of the parameters from 1 on, `end` excluded."""
    return tuple(str(number) for number in range(1, end))


def _call_variable(ev: Evaluator, name: str, values: list[str]) -> str:
    variable = ev.find(name)
    # A name with one of these is not a plain reference when it is put into `$(…)`.
    odd = not _ODD.isdisjoint(name)
    if variable is None and not odd:
        return ev.undefined(name)
    if len(ev.calls) > _NESTED and any(len(one) > _LONG for one in values):
        ev.fail(f"'{name}' calls itself without end, with ever longer arguments")
    scope: dict[str, Variable] = {"0": Bound("0", name)}
    given = len(values) + 1
    for number, value in zip(_parameters(given), values, strict=True):
        scope[number] = Bound(number, value)
    outer = ev.most_arguments
    if given < outer:
        # An inner call must not see the further arguments of the outer one.
        for number in _parameters(outer)[given - 1 :]:
            scope[number] = Bound(number, "")
    else:
        ev.most_arguments = given
    scopes = ev.scopes
    scopes.append(scope)
    ev.calls.append(name)
    try:
        if odd:
            return ev.expand(f"$({name})")
        assert variable is not None
        return ev.expand_called(variable) if variable.recursive else variable.value
    finally:
        ev.calls.pop()
        scopes.pop()
        ev.most_arguments = outer


def value(ev: Evaluator, arguments: list[str]) -> str:
    """$(value variable): not expanded."""
    variable = ev.find(arguments[0])
    return variable.value if variable else ""


def evaluate(ev: Evaluator, arguments: list[str]) -> str:
    """$(eval text)."""
    ev.evaluate_text(arguments[0])
    return ""


def origin(ev: Evaluator, arguments: list[str]) -> str:
    """$(origin variable)."""
    variable = ev.find(arguments[0])
    return variable.origin.text if variable else "undefined"


def flavor(ev: Evaluator, arguments: list[str]) -> str:
    """$(flavor variable)."""
    variable = ev.find(arguments[0])
    return variable.flavor.value if variable else "undefined"


def error(ev: Evaluator, arguments: list[str]) -> str:
    """$(error text)."""
    ev.fail(arguments[0], here=True, within="$(error")


def warning(ev: Evaluator, arguments: list[str]) -> str:
    """$(warning text)."""
    ev.report(Severity.WARNING, arguments[0])
    return ""


def info(ev: Evaluator, arguments: list[str]) -> str:
    """$(info text)."""
    ev.report(Severity.INFO, arguments[0])
    return ""


def shell(ev: Evaluator, arguments: list[str]) -> str:
    """$(shell command): output with newlines as spaces, trailing ones cut."""
    return ev.run_shell(arguments[0])

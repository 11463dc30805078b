"""Functions that decide, define and report.

GNU make manual: "Functions for Conditionals", "The `let` Function", "The `foreach` Function",
"The `call` Function", "The `value` Function", "The `eval` Function", "The `origin` Function",
"The `flavor` Function", "Functions That Control Make", "The `shell` Function".
"""

from __future__ import annotations

from genode_tool.errors import Severity
from genode_tool.makefile import words
from genode_tool.makefile.functions.strings import integer
from genode_tool.makefile.reading.text import Text
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.makefile.variables.variable import Origin, Variable

_ODD = frozenset("():$")
# Calls nested deeper than this, with arguments of more characters than that, never end.
_NESTED = 12
_LONG = 1 << 20


def _stripped(ev: Evaluator, text: Text) -> str:
    """Expand a condition: white space around it is cut before the expansion."""
    if text.static:
        return text.raw.strip(words.SPACE)
    return ev.expand(text.raw.strip(words.SPACE))


def if_(ev: Evaluator, arguments: list[Text]) -> str:
    """$(if condition,then[,else])."""
    if _stripped(ev, arguments[0]):
        return arguments[1].expand(ev)
    return arguments[2].expand(ev) if len(arguments) > 2 else ""


def or_(ev: Evaluator, arguments: list[Text]) -> str:
    """$(or condition,…)."""
    for argument in arguments:
        value = _stripped(ev, argument)
        if value:
            return value
    return ""


def and_(ev: Evaluator, arguments: list[Text]) -> str:
    """$(and condition,…)."""
    value = ""
    for argument in arguments:
        value = _stripped(ev, argument)
        if not value:
            return ""
    return value


def intcmp(ev: Evaluator, arguments: list[Text]) -> str:
    """$(intcmp left,right[,less[,equal[,greater]]])."""
    left_text, right_text = arguments[0].expand(ev), arguments[1].expand(ev)
    left = integer(ev, left_text, "first", "intcmp")
    right = integer(ev, right_text, "second", "intcmp")
    branches = arguments[2:]
    if not branches:
        return str(left) if left == right else ""
    which = 0 if left < right else 1 if left == right else 2
    if which >= len(branches):
        which = len(branches) - 1 if which == 2 and len(branches) == 2 else -1
    return branches[which].expand(ev) if which >= 0 else ""


def foreach(ev: Evaluator, arguments: list[Text]) -> str:
    """$(foreach variable,list,text); of several words, the first one names the variable."""
    name = next(iter(words.split(ev.expand(arguments[0].raw))), "")
    items = words.split(arguments[1].expand(ev))
    body = arguments[2].expand
    variable = Variable(name, "", Origin.AUTOMATIC)
    result = []
    ev.push({name: variable})
    try:
        for item in items:
            variable.value = item
            variable.recursive = False
            result.append(body(ev))
    finally:
        ev.pop()
    return " ".join(result)


def let(ev: Evaluator, arguments: list[Text]) -> str:
    """$(let variable…,list,text): the last variable is the rest of the list."""
    names = words.split(arguments[0].expand(ev))
    rest = arguments[1].expand(ev)
    scope: dict[str, Variable] = {}
    for position, name in enumerate(names):
        if position == len(names) - 1:
            value = rest.lstrip(words.SPACE)
        else:
            head = rest.lstrip(words.SPACE)
            found = words.split(head)
            value = found[0] if found else ""
            rest = head[len(value) :]
        scope[name] = Variable(name, value, Origin.AUTOMATIC)
    ev.push(scope)
    try:
        return arguments[2].expand(ev)
    finally:
        ev.pop()


def call(ev: Evaluator, arguments: list[str]) -> str:
    """$(call variable,param,…); the name of a function calls that function."""
    name = arguments[0].strip(words.SPACE)
    if not name:
        return ""
    result = ev.call_function(name, arguments[1:])
    if result is not None:
        return result
    variable = ev.find(name)
    # A name with one of these is not a plain reference when it is put into `$(…)`.
    odd = not _ODD.isdisjoint(name)
    if variable is None and not odd:
        return ev.undefined(name)
    scope = {
        str(number): Variable(str(number), value, Origin.AUTOMATIC)
        for number, value in enumerate([name, *arguments[1:]])
    }
    if len(ev.calls) > _NESTED and any(len(one) > _LONG for one in arguments):
        ev.fail(f"'{name}' calls itself without end, with ever longer arguments")
    # An inner call must not see the further arguments of the outer one.
    for number in range(len(arguments), ev.most_arguments):
        scope[str(number)] = Variable(str(number), "", Origin.AUTOMATIC)
    outer, ev.most_arguments = ev.most_arguments, max(len(arguments), ev.most_arguments)
    ev.push(scope)
    ev.calls.append(name)
    try:
        if odd:
            return ev.expand(f"$({name})")
        assert variable is not None
        return ev.expand_called(variable) if variable.recursive else variable.value
    finally:
        ev.calls.pop()
        ev.pop()
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


def guile(ev: Evaluator, arguments: list[str]) -> str:
    """Fail: Guile is not supported."""
    ev.fail(f"the 'guile' function is not supported: {arguments[0]}", function="guile")

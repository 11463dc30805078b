"""Target- and pattern-specific variables.

GNU make manual, "Target-specific Variable Values", "Pattern-specific Variable Values".
"""

from __future__ import annotations

from genode_tool.makefile import words
from genode_tool.makefile.reading.syntax import Assign
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.makefile.rules.rule import PatternVariables
from genode_tool.makefile.variables.assign import modify
from genode_tool.makefile.variables.protocols import Scope
from genode_tool.makefile.variables.variable import Origin, TargetScope, Variable


def define_target_variable(ev: RuleEvaluator, names: list[str], assign: Assign) -> None:
    """Define a target- or pattern-specific variable for each of the targets `names`."""
    origin = Origin.OVERRIDE if assign.modifiers.override else Origin.FILE
    for name in names:
        if words.pattern(name)[1] is not None:
            _pattern_variable(ev, name, _variable_name(ev, assign), assign, origin)
            continue
        target = ev.rules.target(words.pattern(name)[0])
        if target.variables is None:
            target.variables = TargetScope()
        with ev.within([*_loops(ev), target.variables]):
            # The name may depend on other variables of the target.
            _define(ev, target.variables, _variable_name(ev, assign), assign, origin)


def _variable_name(ev: RuleEvaluator, assign: Assign) -> str:
    name = assign.name.expand(ev)
    if not name:
        ev.fail("empty variable name")
    return name


def _loops(ev: RuleEvaluator) -> list[Scope]:
    """Return the scopes of `foreach`, `let` and `call`, none of them in a recipe."""
    return [] if ev.for_target else ev.scopes


def _define(
    ev: RuleEvaluator, scope: dict[str, Variable], name: str, assign: Assign, origin: Origin
) -> Variable | None:
    before = scope.get(name)
    if before is not None and before.origin > origin:
        return before
    outer = ev.globals.get(name)
    strong = (Origin.COMMAND_LINE, Origin.ENVIRONMENT_OVERRIDE)
    if outer is not None and origin is not Origin.OVERRIDE and outer.origin in strong:
        # What its expansion does happens all the same.
        if assign.operator == "!=":
            ev.run_shell(assign.value.expand(ev), trim=False)
        elif assign.operator in (":=", "::=", ":::="):
            assign.value.expand(ev)
        copy = Variable(name, outer.value, outer.origin, outer.recursive, outer.export)
        scope[name] = copy
        return copy
    return ev.define(
        name,
        assign.operator,
        assign.value,
        origin,
        modifiers=assign.modifiers,
        line=assign.line,
        scope=scope,
    )


def _pattern_variable(
    ev: RuleEvaluator, pattern: str, name: str, assign: Assign, origin: Origin
) -> None:
    scope = TargetScope()
    operator = assign.operator
    if operator in ("?=", ":::="):
        # Whether it counts, or its value, depends on the target that it is applied to.
        variable = Variable(name, assign.value.raw, origin, True)
        variable.conditional = operator == "?="
        modify(variable, assign.modifiers)
        variable.log.append((operator, assign.value.raw, origin, ev.source, assign.line))
    else:
        with ev.within([*_loops(ev), scope]):
            found = _define(ev, scope, name, assign, origin)
        if found is None:
            return
        variable = found
    entry = PatternVariables(pattern, operator, name, assign.value, variable)
    entries = ev.rules.pattern_variables
    position = len(entries)
    while position and len(entries[position - 1].pattern) > len(pattern):
        position -= 1
    entries.insert(position, entry)

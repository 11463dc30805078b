"""Carrying out assignments.

GNU make manual, "The Two Flavors of Variables", "Setting Variables", "Appending More Text to
Variables", "Conditional Variable Assignment", "Target-specific Variable Values".
"""

from __future__ import annotations

from genode_tool.makefile.reading.syntax import PLAIN, Modifiers
from genode_tool.makefile.reading.text import Text
from genode_tool.makefile.variables.predefined import SPECIAL
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.makefile.variables.variable import Export, Origin, Variable


def assign(
    ev: Evaluator,
    name: str,
    operator: str,
    value: Text,
    origin: Origin,
    modifiers: Modifiers = PLAIN,
    line: int = 0,
    defined: bool = False,
    scope: dict[str, Variable] | None = None,
) -> Variable | None:
    """Carry out one assignment; return the variable, or None when it stays as it was.

    `scope` is the variables of a target; None means the global ones. `line` is where the
    assignment stands in the present source, 0 for one that no makefile made.
    """
    place = ev.globals if scope is None else scope
    old = place.get(name)
    if operator == "=" and old is None and modifiers is PLAIN and name not in SPECIAL:
        # Most assignments of most makefiles.
        variable = place[name] = Variable(name, value.raw, origin, True)
        entry = ("define" if defined else "=", value.raw, origin, ev.source if line else None, line)
        variable.log.append(entry)
        return variable
    if operator == "?=":
        known = old
        if known is None and (scope is not None or ev.scopes):
            known = ev.find(name)
        if known is not None:
            if modifiers is not PLAIN:
                modify(known, modifiers)
            return None
    origin_before = old.origin if old is not None else origin
    if ev.environment_overrides and old is not None and old.origin is Origin.ENVIRONMENT:
        old.origin = Origin.ENVIRONMENT_OVERRIDE
    recursive = True
    append = False
    assigned = new = value.raw
    if operator == "+=":
        before = old
        if scope is not None:
            append = old is None or old.append
        elif old is None and ev.scopes:
            before = ev.find(name)
        if before is not None:
            recursive = before.recursive
            if not recursive:
                new = value.expand(ev)
            if not new and before is old:
                # Nothing happens, not even to the origin.
                before.origin = origin_before
                if modifiers is not PLAIN:
                    modify(before, modifiers)
                return before
            if before.origin > origin and not append:
                if modifiers is not PLAIN:
                    modify(before, modifiers)
                return None
            text = before.value
            if text:
                if name == "MAKEFLAGS" and new:
                    # The variables of the command line, which stand at the end, are added anew.
                    text = text.partition(" -- ")[0]
                new = f"{text} {new}" if new else text
    elif operator == ":=" or operator == "::=":
        new = value.expand(ev)
        recursive = False
    elif operator == ":::=":
        new = value.expand(ev).replace("$", "$$")
    elif operator == "!=":
        new = ev.run_shell(value.expand(ev), trim=False)
    if old is None or (old.origin is Origin.DEFAULT and scope is None):
        variable = place[name] = Variable(name, new, origin, recursive)
        if old is not None:
            variable.export = old.export
    elif old.origin > origin:
        if modifiers is not PLAIN:
            modify(old, modifiers)
        return None
    else:
        variable = old
        variable.value = new
        variable.recursive = recursive
        variable.origin = origin
        if operator != "+=":
            variable.log = []
    if append or variable.append:
        variable.append = append
    if defined and operator == "=":
        operator = "define"
    variable.log.append((operator, assigned, origin, ev.source if line else None, line))
    if modifiers is not PLAIN:
        modify(variable, modifiers)
    if name in SPECIAL and scope is None:
        ev.special_assigned(name)
    return variable


def modify(variable: Variable, modifiers: Modifiers) -> None:
    """Let a variable be exported and private as the words before an assignment say."""
    if modifiers.export is not None:
        variable.export = Export.YES if modifiers.export else Export.NO
    if modifiers.private:
        variable.private = True

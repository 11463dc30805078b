"""The value of a target-specific variable that was assigned with `+=`.

GNU make manual, "Target-specific Variable Values": it is what the variable has further out,
followed by its own text, and joined anew at each expansion.
"""

from __future__ import annotations

from genode_tool.makefile.reading.text import text
from genode_tool.makefile.variables.protocols import Variables
from genode_tool.makefile.variables.variable import Variable


def appended_value(ev: Variables, variable: Variable, above: int | None = None) -> str:
    """Return the value that `variable` has further out, then its own.

    The variable is looked for in the scopes below index `above`, in all of them for None.
    """
    own = text(variable.value).expand(ev) if variable.recursive else variable.value
    name = variable.name
    depth = len(ev.scopes) if above is None else above
    while depth > 0:
        depth -= 1
        if ev.scopes[depth].get(name) is variable:
            break
    else:
        return own
    outer: Variable | None = None
    while depth > 0 and outer is None:
        outer = ev.scopes[depth - 1].get(name)
        depth -= 1
    if outer is None:
        outer = ev.globals.get(name)
    if outer is None:
        return own
    if outer.append:
        before = appended_value(ev, outer, depth + 1)
    else:
        before = text(outer.value).expand(ev) if outer.recursive else outer.value
    return f"{before} {own}" if before else own

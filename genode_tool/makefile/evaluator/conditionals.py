"""The conditionals that are open at a line, and whether it counts.

GNU make manual, "Conditional Parts of Makefiles".
"""

from __future__ import annotations

import re

from genode_tool.errors import Severity
from genode_tool.makefile import words
from genode_tool.makefile.reading.syntax import Condition, Else, Endif
from genode_tool.makefile.variables.protocols import Evaluator


class _Branch:
    """One open conditional; `ignored`: its present branch is skipped."""

    __slots__ = ("had_else", "ignored", "line", "outer", "taken")

    def __init__(self, outer: bool, line: int) -> None:
        self.outer = outer
        self.ignored = outer
        self.taken = False
        self.had_else = False
        self.line = line


class Conditionals:
    """The open conditionals of one makefile, innermost last."""

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev
        self._open: list[_Branch] = []

    @property
    def ignored(self) -> bool:
        """Whether the next line is skipped."""
        return bool(self._open) and self._open[-1].ignored

    @property
    def unclosed(self) -> int:
        """The line of the innermost open conditional, 0 when none is open."""
        return self._open[-1].line if self._open else 0

    def carry_out(self, node: Condition | Else | Endif) -> bool:
        """Open, turn or close a conditional; return whether the next line is skipped."""
        ev, branches = self._ev, self._open
        if isinstance(node, Condition):
            outer = self.ignored
            branch = _Branch(outer, node.line)
            branches.append(branch)
            if not outer:
                branch.taken = self._holds(node)
                branch.ignored = not branch.taken
        elif not branches:
            word = "else" if isinstance(node, Else) else "endif"
            ev.fail(f"extraneous '{word}'", hint="no conditional is open here")
        elif isinstance(node, Endif):
            branches.pop()
            self._warn(node.warning)
        else:
            branch = branches[-1]
            if branch.had_else:
                ev.fail("only one 'else' per conditional")
            branch.had_else = node.condition is None
            if not branch.outer:
                if branch.taken:
                    branch.ignored = True
                elif node.condition is None or self._holds(node.condition):
                    branch.taken = True
                    branch.ignored = False
            self._warn(node.warning)
        return self.ignored

    def _warn(self, warning: str) -> None:
        if warning:
            self._ev.report(Severity.WARNING, warning)

    def _holds(self, node: Condition) -> bool:
        ev = self._ev
        keyword = node.keyword
        if node.problem:
            ev.fail(node.problem, within=keyword, hint="expected: `(A,B)`, or `'A' 'B'`")
        self._warn(node.warning)
        if keyword in ("ifeq", "ifneq"):
            return (node.left.expand(ev) == node.right.expand(ev)) == (keyword == "ifeq")
        # A blank ends the name, also one at the beginning of an expansion.
        expanded = node.left.expand(ev)
        name = re.split(f"[{words.SPACE}]", expanded, maxsplit=1)[0]
        if expanded[len(name) :].strip(words.SPACE):
            ev.fail("invalid syntax in conditional")
        found = ev.find(name)
        return (found is not None and found.value != "") == (keyword == "ifdef")

"""The variables of a file: its own, those of patterns, and those that it inherits.

GNU make manual, "Target-specific Variable Values", "Pattern-specific Variable Values",
"Suppressing Inheritance".
"""

from __future__ import annotations

from genode_tool.makefile import words
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.makefile.variables.protocols import Scope
from genode_tool.makefile.variables.variable import Origin, Variable


class Scopes:
    """Works out, and remembers, the scopes of files."""

    def __init__(self, ev: RuleEvaluator) -> None:
        self.ev = ev
        self.rules = ev.rules
        self._pattern_cache: dict[str, dict[str, Variable]] = {}

    def of(self, file: File) -> list[Scope]:
        """Return the scopes of the variables that hold for `file`, outermost first."""
        passed = self._passed_down(file.parent) if file.parent is not None else []
        own = self._own_scopes(file)
        return [*passed, *own] if own else passed

    def _passed_down(self, file: File) -> list[Scope]:
        """Return the scopes that prerequisites of `file` inherit, remembered per file."""
        chain: list[File] = []
        seen: set[int] = set()
        current: File | None = file
        while current is not None and current.inherited is None and id(current) not in seen:
            seen.add(id(current))
            chain.append(current)
            current = current.parent
        passed: list[Scope] = []
        if current is not None and current.inherited is not None:
            passed = current.inherited
        for one in reversed(chain):
            own = self._own_scopes(one)
            if own:
                public = [
                    {name: found for name, found in scope.items() if not found.private}
                    if any(found.private for found in scope.values())
                    else scope
                    for scope in own
                ]
                passed = [*passed, *public]
            one.inherited = passed
        return passed

    def _own_scopes(self, file: File) -> list[dict[str, Variable]]:
        own = file.target.variables if file.target else None
        pattern = self._pattern_scope(file.name)
        return [scope for scope in (pattern, own) if scope]

    def _pattern_scope(self, name: str) -> dict[str, Variable]:
        entries = self.rules.pattern_variables
        if not entries:
            return {}
        found = self._pattern_cache.get(name)
        if found is None:
            found = {}
            for entry in entries:
                prefix, suffix = words.pattern(entry.pattern)
                if words.stem(name, prefix, suffix or ""):
                    self._apply(found, entry.assignment, entry.operator)
            self._pattern_cache[name] = found
        return found

    def _apply(self, scope: dict[str, Variable], variable: Variable, operator: str) -> None:
        name = variable.name
        if variable.conditional and (name in scope or name in self.ev.globals):
            self._mark(scope, variable)
            return
        before = scope.get(name)
        if before is not None and before.origin > variable.origin:
            return
        if operator == ":::=" and variable.recursive:
            # Only now, unlike `:=`.
            value = self.ev.expand(variable.value).replace("$", "$$")
            scope[name] = Variable(name, value, variable.origin, True, variable.export)
            return
        if variable.append and before is not None:
            added = variable.value if before.recursive else self.ev.expand(variable.value)
            text = f"{before.value} {added}" if before.value else added
            joined = Variable(name, text, variable.origin, before.recursive)
            joined.append = before.append
            joined.log = before.log + variable.log
            scope[name] = joined
            return
        scope[name] = variable

    def _mark(self, scope: dict[str, Variable], variable: Variable) -> None:
        """Give the variable that there is what `?=` of a pattern says about export and privacy.

        GNU make does so to a global variable, too, and for good.
        """
        name = variable.name
        place = scope if name in scope else self.ev.globals
        found = place[name]
        if found.export is variable.export and found.private is variable.private:
            return
        if found.origin is Origin.DEFAULT:
            # Shared between evaluations.
            found = place[name] = Variable(name, found.value, found.origin, found.recursive)
        found.export, found.private = variable.export, variable.private

"""Rule lines: from a line with a colon to entries in the rule book.

GNU make manual, "Rule Syntax", "Static Pattern Rules", "Target-specific Variable Values",
"Double-Colon Rules", "Rules with Grouped Targets".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genode_tool.errors import Location
from genode_tool.makefile import globbing, lines, words
from genode_tool.makefile.assignments import modified_assignment
from genode_tool.makefile.expansion import skip_reference, text
from genode_tool.makefile.problems import Severity, Source
from genode_tool.makefile.rules import Dependency, PatternRule, PatternVariables, Recipe, Rule
from genode_tool.makefile.syntax import Assign, RecipeLine, RuleLine
from genode_tool.makefile.variables import Origin, Variable

if TYPE_CHECKING:
    from genode_tool.makefile.evaluation import Evaluation

_SPECIAL_CHARS = re.compile(r"[\\~*?\[(]|(?:^|[ \t\n])\./|(?:^|[ \t\n])//")
_DANGEROUS = re.compile(r"[:;\\]")
_NAME = re.compile(r"(?:\\.|[^\\ \t\n\v\f\r])+|\\", re.DOTALL)
_ARCHIVE = re.compile(r"[^()\s]+\([^()]*\)$")


@dataclass(slots=True)
class Pending:
    """A rule whose recipe is still being read."""

    targets: list[str]
    pattern: str | None
    prerequisites: str
    double: bool
    grouped: bool
    source: Source
    line: int
    lines: list[RecipeLine] = field(default_factory=list)
    has_recipe: bool = False


class RuleLines:
    """Takes rule lines in and files the rules."""

    def __init__(self, ev: Evaluation) -> None:
        self.ev = ev
        self.pending: Pending | None = None
        self.no_targets = False

    # --- lines ------------------------------------------------------------------------------

    def add(self, node: RuleLine) -> None:
        """Take in one rule line; the rule stays pending until its recipe is complete."""
        self.finish()
        ev = self.ev
        if not node.divided or node.targets is None or node.rest is None:
            self._undivided(node)
            return
        targets = node.targets.expand(ev)
        if not node.targets.static and _DANGEROUS.search(targets):
            self._undivided(node)
            return
        names = self.file_names(targets)
        if not names:
            # Accepted, its recipe ignored, as GNU make has it.
            self.no_targets = True
            return
        if node.variable is not None:
            self._variable(names, node.variable)
            return
        self._rule(node, names, node.double, node.grouped, node.rest.expand(ev), node.recipe)

    def _undivided(self, node: RuleLine) -> None:
        """Take in a line whose colon shows only in its expansion, or that has quoting."""
        ev = self.ev
        head, stop = lines.find_unquoted(node.raw, ";#")
        inline: str | None = None
        if stop >= 0:
            if head[stop] == ";":
                inline = head[stop + 1 :]
            head = head[:stop]
        head = lines.collapse(head)
        tokens = list(_tokens(head))
        if not tokens:
            if inline is not None:
                ev.fail("missing rule before recipe")
            return
        expanded = ""
        rest_at = 0
        colon = -1
        first = True
        if head.lstrip(words.SPACE).startswith((":", "&:")):
            self.no_targets = True
            return
        for word, end in tokens:
            if not first:
                expanded += " "
            first = False
            expanded += ev.expand(word)
            rest_at = end
            if inline is None and ";" in expanded:
                expanded, at = lines.find_unquoted(expanded, ";", references=False)
                if at >= 0:
                    inline = expanded[at + 1 :] + head[rest_at:]
                    expanded = expanded[:at]
                    rest_at = len(head)
            expanded_now, colon = lines.find_unquoted(expanded, ":", references=False)
            if colon >= 0:
                expanded = expanded_now
                break
            if rest_at == len(head):
                break
        if colon < 0:
            if not expanded.strip(words.SPACE):
                if inline is not None and not expanded.strip(words.SPACE):
                    ev.fail("missing rule before recipe")
                return
            self._missing_separator(node.raw)
        targets, after = expanded[:colon], expanded[colon + 1 :]
        grouped = targets.endswith("&")
        if grouped:
            targets = targets[:-1]
        names = self.file_names(targets)
        if not names:
            self.no_targets = True
            return
        double = after.startswith(":")
        if double:
            after = after[1:]
        rest = head[rest_at:]
        if not double and not after and rest.startswith(":"):
            double, rest = True, rest[1:]
        found = modified_assignment(after + rest, target=True)
        if found is not None:
            value = found.value
            if inline is not None:
                value += lines.collapse(";" + inline)
            assign = Assign(
                node.line, text(found.name), found.operator, text(value), found.modifiers
            )
            self._variable(names, assign)
            return
        recipe = None if inline is None else RecipeLine(node.line, inline)
        self._rule(node, names, double, grouped, after + ev.expand(rest), recipe)

    def _missing_separator(self, raw: str) -> None:
        ev = self.ev
        if raw.startswith(ev.prefix):
            ev.fail("recipe commences before first target")
        if ev.prefix == "\t" and raw.startswith("        "):
            ev.fail("missing separator (did you mean TAB instead of 8 spaces?)")
        if raw.lstrip(words.SPACE).startswith(("ifeq(", "ifneq(", 'ifeq"', "ifneq'")):
            ev.fail("missing separator (ifeq/ifneq must be followed by whitespace)")
        ev.fail("missing separator")

    def _rule(
        self,
        node: RuleLine,
        names: list[str],
        double: bool,
        grouped: bool,
        rest: str,
        recipe: RecipeLine | None,
    ) -> None:
        ev = self.ev
        if recipe is None and ";" in rest:
            rest, at = lines.find_unquoted(rest, ";", references=False)
            if at >= 0:
                recipe = RecipeLine(node.line, rest[at + 1 :])
                rest = rest[:at]
        pattern: str | None = None
        if ":" in rest:
            rest, at = lines.find_unquoted(rest, ":", references=False)
            if at >= 0:
                patterns = self.file_names(rest[:at], glob=False)
                if not patterns:
                    ev.fail("missing target pattern")
                if len(patterns) > 1:
                    ev.fail("multiple target patterns")
                pattern = patterns[0]
                if words.pattern(pattern)[1] is None:
                    ev.fail("target pattern contains no '%'")
                rest = rest[at + 1 :]
        if recipe is not None:
            recipe = RecipeLine(recipe.line, recipe.text.lstrip(" \t"))
        self.no_targets = False
        self.pending = Pending(
            names,
            pattern,
            rest.strip(words.SPACE),
            double,
            grouped,
            ev.source,
            node.line,
            [] if recipe is None else [recipe],
        )
        for name in names:
            if name == ".SECONDEXPANSION":
                ev.rules.second_expansion = True
            elif name == ".ONESHELL":
                ev.rules.one_shell = True
            elif name == ".POSIX":
                ev.rules.posix = True
        self._default_goal(names, pattern)

    def _default_goal(self, names: list[str], pattern: str | None) -> None:
        """The first target that is no special name and no pattern is the default goal."""
        ev = self.ev
        goal = ev.globals.get(".DEFAULT_GOAL")
        if goal is not None and goal.value:
            return
        for name in names:
            if pattern is None and words.pattern(name)[1] is not None:
                return
            if name.startswith(".") and "/" not in name:
                continue
            ev.globals[".DEFAULT_GOAL"] = Variable(".DEFAULT_GOAL", name, Origin.FILE)
            return

    # --- names --------------------------------------------------------------------------------

    def file_names(self, expanded: str, glob: bool = True) -> list[str]:
        """Split an expanded list of file names, with wildcards and quoting resolved."""
        if not _SPECIAL_CHARS.search(expanded):
            return words.split(expanded)
        ev = self.ev
        result: list[str] = []
        for raw in _NAME.findall(expanded):
            name = raw
            if "\\" in name:
                name = re.sub(r"\\([ \t\n#:|%])", r"\1", name) if "%" not in name else name
            name = _without_dot(name)
            if _ARCHIVE.match(name) and not name.startswith("("):
                ev.fail(f"archive members are not supported: {name}")
            if name.startswith("~"):
                name = globbing.expand_tilde(name, ev.home)
            if glob and globbing.has_magic(name):
                found = globbing.glob(ev.inputs, ev.cwd, name, ev.home)
                if found:
                    result += found
                    continue
            result.append(name)
        return result

    def dependencies(self, expanded: str, glob: bool = True) -> tuple[Dependency, ...]:
        """Split an expanded list of prerequisites; those after `|` are order-only."""
        normal, bar, order = expanded.partition("|")
        result = self._waiting(self.file_names(normal, glob), False)
        if bar:
            result += self._waiting(self.file_names(order.replace("|", " "), glob), True)
        return tuple(result)

    @staticmethod
    def _waiting(names: list[str], order_only: bool) -> list[Dependency]:
        result = []
        wait = False
        for name in names:
            if name == ".WAIT":
                wait = True
                continue
            result.append(Dependency(name, order_only, wait))
            wait = False
        return result

    # --- filing -------------------------------------------------------------------------------

    def finish(self) -> None:
        """File the pending rule, if any: its recipe is complete."""
        pending, self.pending = self.pending, None
        self.no_targets = False
        if pending is None:
            return
        location = pending.source.location(pending.line)
        recipe = None
        if pending.lines:
            recipe = Recipe(tuple(pending.lines), pending.source, self.ev.prefix)
        deferred = None
        if self.ev.rules.second_expansion and "$" in pending.prerequisites:
            deferred = pending.prerequisites
        if pending.pattern is not None:
            self._static_pattern(pending, recipe, location, deferred)
            return
        patterns = [name for name in pending.targets if words.pattern(name)[1] is not None]
        if patterns and len(patterns) != len(pending.targets):
            if pending.targets[0] in patterns:
                self._fail_at(location, "mixed implicit and normal rules")
            self._warn_at(location, "*** mixed implicit and normal rules: deprecated syntax")
        if patterns and len(patterns) == len(pending.targets):
            found = () if deferred is not None else self.dependencies(pending.prerequisites)
            self.ev.rules.add_pattern(
                PatternRule(
                    tuple(pending.targets), found, recipe, location, pending.double, deferred
                )
            )
            return
        found = () if deferred is not None else self.dependencies(pending.prerequisites)
        if pending.grouped and recipe is None:
            self._fail_at(location, "grouped targets must provide a recipe")
        group = tuple(words.unique(pending.targets)) if pending.grouped else ()
        for name in pending.targets:
            self._file(
                Rule(
                    name,
                    found,
                    recipe,
                    location,
                    pending.double,
                    deferred=deferred,
                    group=group,
                )
            )

    def _static_pattern(
        self, pending: Pending, recipe: Recipe | None, location: Location, deferred: str | None
    ) -> None:
        assert pending.pattern is not None
        prefix, suffix = words.pattern(pending.pattern)
        group = tuple(words.unique(pending.targets)) if pending.grouped else ()
        found: tuple[Dependency, ...] = ()
        if deferred is None:
            found = self.dependencies(pending.prerequisites, glob=False)
        for name in pending.targets:
            stem = words.stem(name, prefix, suffix or "")
            if stem is None:
                self._warn_at(location, f"target '{name}' doesn't match the target pattern")
                # GNU make keeps the recipe, and takes the whole name for the stem.
                kept = Rule(name, (), recipe, location, pending.double, name, static_pattern=True)
                self._file(kept)
                continue
            own: list[Dependency] = []
            for one in found:
                first, after = words.pattern(one.name)
                if after is None:
                    own.append(Dependency(first, one.order_only, one.wait))
                    continue
                filled = f"{first}{stem}{after}"
                if not filled:
                    continue
                names = self.file_names(filled)
                own += [Dependency(each, one.order_only, one.wait) for each in names]
            self._file(
                Rule(
                    name,
                    tuple(own),
                    recipe,
                    location,
                    pending.double,
                    stem,
                    static_pattern=True,
                    deferred=deferred,
                    group=group,
                )
            )

    def _file(self, rule: Rule) -> None:
        ev = self.ev
        target = ev.rules.target(rule.target)
        if target.rules and target.double != rule.double:
            self._fail_at(
                rule.location,
                f"target file '{rule.target}' has both : and :: entries",
            )
        if rule.recipe is not None and not rule.double:
            old = target.recipe_rule
            if old is not None and old.recipe is not None and not rule.target.startswith(".SUFF"):
                self._warn_at(rule.recipe.location, f"overriding recipe for target '{rule.target}'")
                self._warn_at(
                    old.recipe.location, f"ignoring old recipe for target '{rule.target}'"
                )
        target.mentioned_only = False
        target.rules.append(rule)

    def _variable(self, names: list[str], assign: Assign) -> None:
        """Record a target- or pattern-specific variable."""
        ev = self.ev
        self.no_targets = False
        origin = Origin.OVERRIDE if assign.modifiers.override else Origin.FILE
        variable_name = assign.name.expand(ev).strip(words.SPACE)
        if not variable_name:
            ev.fail("empty variable name")
        for name in names:
            if words.pattern(name)[1] is not None:
                self._pattern_variable(name, variable_name, assign, origin)
                continue
            target = ev.rules.target(name)
            if target.variables is None:
                target.variables = {}
            with ev.within([target.variables]):
                self._define(target.variables, variable_name, assign, origin)

    def _define(
        self, scope: dict[str, Variable], name: str, assign: Assign, origin: Origin
    ) -> Variable | None:
        ev = self.ev
        outer = ev.globals.get(name)
        strong = (Origin.COMMAND_LINE, Origin.ENVIRONMENT_OVERRIDE)
        if outer is not None and origin is not Origin.OVERRIDE and outer.origin in strong:
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

    def _pattern_variable(self, pattern: str, name: str, assign: Assign, origin: Origin) -> None:
        ev = self.ev
        scope: dict[str, Variable] = {}
        operator = assign.operator
        if operator == "?=":
            # Whether it counts depends on the target that it is applied to.
            variable = Variable(name, assign.value.raw, origin, True)
            variable.conditional = True
        else:
            with ev.within([scope]):
                found = self._define(scope, name, assign, origin)
            if found is None:
                return
            variable = found
        entry = PatternVariables(pattern, operator, name, assign.value, variable)
        entries = ev.rules.pattern_variables
        position = len(entries)
        while position and len(entries[position - 1].pattern) > len(pattern):
            position -= 1
        entries.insert(position, entry)

    def _fail_at(self, location: Location, message: str) -> None:
        ev = self.ev
        ev.line = location.line - ev.source.shift
        ev.fail(message)

    def _warn_at(self, location: Location, message: str) -> None:
        ev = self.ev
        before = ev.source, ev.line
        ev.source, ev.line = Source(location.file), location.line
        ev.tell(Severity.WARNING, message)
        ev.source, ev.line = before


def _tokens(head: str) -> list[tuple[str, int]]:
    """Split a line into words, colons on their own; return each with its end."""
    result: list[tuple[str, int]] = []
    position = 0
    size = len(head)
    while True:
        while position < size and head[position] in words.SPACE:
            position += 1
        if position >= size:
            return result
        start = position
        if head[position] == ":":
            position += 2 if head.startswith("::", position) else 1
            result.append((head[start:position], position))
            continue
        while position < size:
            char = head[position]
            if char == "$":
                position = skip_reference(head, position)
            elif char == "\\" and position + 1 < size and head[position + 1] in ":\\# \t":
                position += 2
            elif char == ":" or char in words.SPACE:
                break
            else:
                position += 1
        result.append((head[start:position], position))


def _without_dot(name: str) -> str:
    """Drop leading `./`, which GNU make does not count as part of a name."""
    while len(name) > 2 and name.startswith("./"):
        name = name[2:].lstrip("/")
        if not name:
            return "./"
    return name

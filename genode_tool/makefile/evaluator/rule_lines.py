"""Rule lines: from a line with a colon to entries in the rule data base.

GNU make manual, "Rule Syntax", "Static Pattern Rules", "Target-specific Variable Values",
"Double-Colon Rules", "Rules with Grouped Targets".
"""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.makefile import words
from genode_tool.makefile.evaluator.error_places import evaluated_text, separator_hint
from genode_tool.makefile.reading import lines
from genode_tool.makefile.reading.assignments import modified_assignment
from genode_tool.makefile.reading.syntax import Assign, CommonRule, RecipeLine, RuleLine
from genode_tool.makefile.reading.text import skip_reference, text
from genode_tool.makefile.rules.definition import PendingRule, define_rule
from genode_tool.makefile.rules.file_names import file_names
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.makefile.rules.rule import Prerequisite
from genode_tool.makefile.rules.target_variables import define_target_variable
from genode_tool.makefile.variables import predefined
from genode_tool.makefile.variables.variable import Origin, Variable
from genode_tool.regex import regex

_EFFECTS = frozenset((".SECONDEXPANSION", ".ONESHELL", ".POSIX"))
_DANGEROUS = regex(r"[:;\\]")


class RuleLines:
    """Reads rule lines and defines the rules.

    `pending` is the rule whose recipe is being read. With `no_targets`, the recipe that follows
    belongs to a rule without targets, and is ignored.
    """

    def __init__(self, ev: RuleEvaluator) -> None:
        self.ev = ev
        self.pending: PendingRule | None = None
        self.no_targets = False

    def add(self, node: RuleLine) -> None:
        """Read one rule line; the rule stays pending until its recipe is complete."""
        self.finish()
        ev = self.ev
        if node.raw.startswith(ev.prefix):
            self._refuse_prefix()
        if not node.divided or node.targets is None or node.rest is None:
            self._undivided(node)
            return
        targets = node.targets.raw
        if not node.targets.static:
            done = self._expanded_words(targets)
            if _DANGEROUS.search(done[-1][1]):
                self._undivided(node, done)
                return
            targets = " ".join([value for _, value in done])
        names = file_names(ev, targets)
        if not names:
            # Accepted, its recipe ignored, as GNU make has it.
            self.no_targets = True
            return
        if node.variable is not None:
            define_target_variable(self.ev, names, node.variable)
            return
        self._rule(node, names, node.double, node.grouped, node.rest.expand(ev), node.recipe)

    def add_common(self, node: CommonRule) -> None:
        """Read a rule whose names mean themselves; it stays pending as with `add`."""
        if self.pending is not None or self.no_targets:
            self.finish()
        ev = self.ev
        line, target, needed = node
        if target.startswith(ev.prefix):
            self._refuse_prefix()
        found = tuple([Prerequisite(name) for name in needed])
        self.pending = PendingRule(
            *([target], None, "", False, False, ev.source, line, []), common=found
        )
        goal = ev.globals.get(".DEFAULT_GOAL")
        if goal is None or not goal.value:
            self._default_goal([target], None)

    def _refuse_prefix(self) -> None:
        """Raise the error for a line that starts with the prefix of recipes.

        Such a line may be an assignment or a directive, but no rule.
        """
        self.ev.fail(
            "recipe commences before first target",
            hint="a tab at the beginning belongs to the recipe of a rule; there is none yet",
        )

    def _expanded_words(self, raw: str) -> list[tuple[str, str]]:
        """Return the words of targets, each with its expansion, up to one that divides the line."""
        ev = self.ev
        if " " not in raw and "\t" not in raw:
            return [(raw, ev.expand(raw))]
        done = []
        for word, _ in _tokens(raw):
            value = ev.expand(word)
            done.append((word, value))
            if _DANGEROUS.search(value):
                break
        return done

    def _undivided(self, node: RuleLine, done: Sequence[tuple[str, str]] = ()) -> None:
        """Read a line whose colon shows only in its expansion, or that has quoting.

        `done` are words that are expanded already.
        """
        ev = self.ev
        head, stop = lines.find_unquoted(node.raw, ";#")
        inline: str | None = None
        if stop >= 0:
            if head[stop] == ";":
                inline = head[stop + 1 :]
            head = head[:stop]
        head = lines.collapse(head, ev.posix)
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
        known = dict(done)
        for word, end in tokens:
            if not first:
                expanded += " "
            first = False
            value = known.pop(word, None)
            if value is None and word.endswith("&") and word[:-1] in known:
                value = known.pop(word[:-1]) + "&"
            expanded += ev.expand(word) if value is None else value
            rest_at = end
            if inline is None and ";" in expanded:
                expanded, at = lines.find_unquoted(expanded, ";", references=False)
                if at >= 0:
                    inline = expanded[at + 1 :] + ev.expand(head[rest_at:])
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
                return
            self._missing_separator(node.raw)
        targets, after = expanded[:colon], expanded[colon + 1 :]
        grouped = targets.endswith("&")
        if grouped:
            targets = targets[:-1]
        names = file_names(ev, targets)
        if not names:
            self.no_targets = True
            return
        double = after.startswith(":")
        if double:
            after = after[1:]
        rest = head[rest_at:]
        found = modified_assignment(after + rest, target=True)
        if found is not None:
            value = found.value
            if inline is not None:
                value += lines.collapse(";" + inline, ev.posix)
            assign = Assign(
                node.line, text(found.name), found.operator, text(value), found.modifiers
            )
            define_target_variable(self.ev, names, assign)
            return
        recipe = None if inline is None else RecipeLine(node.line, inline)
        self._rule(node, names, double, grouped, after + ev.expand(rest), recipe)

    def _missing_separator(self, raw: str) -> None:
        ev = self.ev
        if ev.prefix == "\t" and raw.startswith("        "):
            ev.fail("missing separator (did you mean TAB instead of 8 spaces?)")
        if raw.lstrip(words.SPACE).startswith(("ifeq", "ifneq")):
            ev.fail("missing separator (ifeq/ifneq must be followed by whitespace)")

        ev.fail("missing separator", trail=evaluated_text(ev, raw), hint=separator_hint(raw))

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
                patterns = file_names(ev, rest[:at], glob=False)
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
        self.pending = PendingRule(
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
            if name in _EFFECTS:
                self._special(name)
        self._default_goal(names, pattern)

    def _special(self, name: str) -> None:
        """Obey a special target whose mere presence counts from here on."""
        ev = self.ev
        if name == ".SECONDEXPANSION":
            ev.rules.second_expansion = True
        elif name == ".ONESHELL":
            ev.rules.one_shell = True
        else:
            ev.posix = True
            predefined.define_posix(ev)

    def _default_goal(self, names: list[str], pattern: str | None) -> None:
        """Make the first target that is neither a special name nor a pattern the default goal."""
        ev = self.ev
        goal = ev.globals.get(".DEFAULT_GOAL")
        if goal is not None and goal.value:
            return
        for name in names:
            if pattern is None and words.pattern(name)[1] is not None:
                return
            if name.startswith(".") and "/" not in name:
                continue
            plain = words.pattern(name)[0]
            ev.globals[".DEFAULT_GOAL"] = Variable(".DEFAULT_GOAL", plain, Origin.FILE)
            return

    def finish(self) -> None:
        """Define the pending rule, if any: its recipe is complete."""
        pending, self.pending = self.pending, None
        self.no_targets = False
        if pending is not None:
            define_rule(self.ev, pending)


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

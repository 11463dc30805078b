"""The rule data base: explicit and pattern rules, special targets, search paths.

GNU make manual, "Writing Rules", "Special Built-in Target Names", "Using Implicit Rules". `make -p`
prints it.
"""

from __future__ import annotations

from genode_tool.errors import UserError
from genode_tool.makefile.rules.rule import PatternRule, PatternVariables, Rule, Target
from genode_tool.makefile.rules.search_path import Vpaths
from genode_tool.makefile.variables import predefined
from genode_tool.makefile.variables.protocols import Variables


class RuleDatabase:
    """The rules of an evaluation. `builtin`: those built into make are among them.

    `complete`: files are being updated, no rule may follow.
    """

    def __init__(self, ev: Variables, builtin: bool) -> None:
        self.builtin = builtin
        self.targets: dict[str, Target] = {}
        self.patterns: list[PatternRule] = []
        self.pattern_variables: list[PatternVariables] = []
        self.vpath = Vpaths(ev)
        self.makefiles: list[str] = []
        self.second_expansion = False
        self.one_shell = False
        self.complete = False
        self._mentioned: dict[bool, frozenset[str]] = {}

    def target(self, name: str) -> Target:
        """Return the entry of target `name`, made when there is none yet."""
        found = self.targets.get(name)
        if found is None:
            found = self.targets[name] = Target(name)
            if self._mentioned:
                self._mentioned.clear()
        return found

    def add(self, target: Target, rule: Rule) -> None:
        """Add an explicit rule for `target`."""
        target.rules.append(rule)
        if self._mentioned:
            self._mentioned.clear()

    def mentioned(self, static: bool = True) -> frozenset[str]:
        """Return the names of targets and prerequisites.

        Targets of double-colon rules are left out; unless `static`, so are prerequisites of static
        pattern rules, and targets with variables but no rules.
        """
        found = self._mentioned.get(static)
        if found is None:
            names: set[str] = set()
            for target in self.targets.values():
                if target.name in (".PHONY", ".PRECIOUS", ".SUFFIXES"):
                    continue
                if not target.double and (static or target.rules):
                    names.add(target.name)
                for rule in target.rules:
                    if static or not rule.static_pattern:
                        names.update([one.name for one in rule.prerequisites])
            found = self._mentioned[static] = frozenset(names)
        return found

    def special(self, name: str) -> frozenset[str] | None:
        """Return the prerequisites of a special target such as `.PHONY`; None when absent."""
        found = self.targets.get(name)
        if found is None or not found.rules:
            return None
        return frozenset(one.name for one in found.prerequisites)

    def check_intermediates(self) -> None:
        """Raise `UserError` when special targets contradict each other about intermediate files."""
        lasting = self.special(".NOTINTERMEDIATE")
        if lasting is None:
            return
        hint = "name a file in one of the two only"
        for kind in (".INTERMEDIATE", ".SECONDARY"):
            named = self.targets[kind].prerequisites if self.special(kind) else ()
            for one in named:
                if one.name in lasting:
                    text = f"{one.name} cannot be both .NOTINTERMEDIATE and {kind}"
                    raise UserError(text, hint=hint)
        if not lasting and self.special(".SECONDARY") == frozenset():
            text = ".NOTINTERMEDIATE and .SECONDARY are mutually exclusive"
            raise UserError(text, hint=hint)

    def add_pattern(self, rule: PatternRule) -> None:
        """Add an implicit rule. The first one with a single target among its targets, and the same
        prerequisites, is dropped; one with several targets never is.
        """
        needed = [one.name for one in rule.prerequisites]
        for index, old in enumerate(self.patterns):
            if (
                len(set(old.targets)) == 1
                and old.targets[0] in rule.targets
                and [one.name for one in old.prerequisites] == needed
                and old.deferred == rule.deferred
            ):
                del self.patterns[index]
                break
        self.patterns.append(rule)

    def can_make(self, name: str) -> bool:
        """Tell whether an explicit rule with a recipe makes `name`."""
        found = self.targets.get(name)
        return found is not None and found.recipe_rule is not None

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The known suffixes, each once."""
        return tuple(dict.fromkeys(self.listed_suffixes))

    @property
    def listed_suffixes(self) -> list[str]:
        """The known suffixes, as `.SUFFIXES` and the built-in list give them."""
        found = self.targets.get(".SUFFIXES")
        known = list(predefined.SUFFIXES) if self.builtin else []
        for rule in found.rules if found else ():
            if not rule.prerequisites:
                known = []
            known += [one.name for one in rule.prerequisites]
        return known

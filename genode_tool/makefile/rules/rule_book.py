"""What the makefiles said about making files: rules, patterns, special targets, search paths.

GNU make manual, "Writing Rules", "Special Built-in Target Names", "Using Implicit Rules".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genode_tool.errors import Location
from genode_tool.makefile.expansion import Text
from genode_tool.makefile.problems import Source
from genode_tool.makefile.reading.syntax import RecipeLine
from genode_tool.makefile.rules.search_path import Vpaths
from genode_tool.makefile.variables import predefined
from genode_tool.makefile.variables.variable import Variable

if TYPE_CHECKING:
    from genode_tool.makefile.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Recipe:
    """The lines of a recipe, not expanded, and where they stand."""

    lines: tuple[RecipeLine, ...]
    source: Source
    prefix: str = "\t"

    @property
    def location(self) -> Location:
        """The place of the first line."""
        return self.source.location(self.lines[0].line) if self.lines else Location("")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A prerequisite as a rule names it. `wait`: what follows must wait for what stands before."""

    name: str
    order_only: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """An explicit or static pattern rule for one target.

    `deferred` is the text of prerequisites to be expanded a second time when the target is
    considered. `group` holds all targets that one run of the recipe makes (`&:`).
    """

    target: str
    dependencies: tuple[Dependency, ...]
    recipe: Recipe | None
    location: Location
    double: bool = False
    stem: str = ""
    static_pattern: bool = False
    deferred: str | None = None
    group: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatternRule:
    """An implicit rule: target patterns, prerequisite patterns, recipe.

    `terminal`: a rule with a double colon, whose prerequisites must exist.
    """

    targets: tuple[str, ...]
    dependencies: tuple[Dependency, ...]
    recipe: Recipe | None
    location: Location
    terminal: bool = False
    deferred: str | None = None
    builtin: bool = False


@dataclass(slots=True)
class Target:
    """All that was said about one explicit target."""

    name: str
    rules: list[Rule] = field(default_factory=list)
    variables: dict[str, Variable] | None = None

    @property
    def double(self) -> bool:
        """Whether the target has double-colon rules."""
        return bool(self.rules) and self.rules[0].double

    @property
    def recipe_rule(self) -> Rule | None:
        """The rule whose recipe counts: the last one with a recipe."""
        for rule in reversed(self.rules):
            if rule.recipe is not None:
                return rule
        return None

    @property
    def dependencies(self) -> list[Dependency]:
        """All prerequisites, in the order of `ordered_rules`."""
        return [one for rule in self.ordered_rules for one in rule.dependencies]

    @property
    def ordered_rules(self) -> list[Rule]:
        """The rules in the order of their prerequisites: each with a recipe goes to the front."""
        result: list[Rule] = []
        for rule in self.rules:
            if rule.recipe is not None:
                result.insert(0, rule)
            else:
                result.append(rule)
        return result


@dataclass(frozen=True, slots=True)
class PatternVariables:
    """Variables for all targets that match a pattern."""

    pattern: str
    operator: str
    name: str
    value: Text
    assignment: Variable


class RuleBook:
    """The rules of an evaluation."""

    def __init__(self, ev: Evaluation, builtin: bool) -> None:
        self.ev = ev
        self.builtin = builtin
        self.targets: dict[str, Target] = {}
        self.patterns: list[PatternRule] = []
        self.pattern_variables: list[PatternVariables] = []
        self.vpath = Vpaths(ev)
        self.makefiles: list[str] = []
        self.second_expansion = False
        self.one_shell = False

    def target(self, name: str) -> Target:
        """Return the entry of target `name`, made when there is none yet."""
        found = self.targets.get(name)
        if found is None:
            found = self.targets[name] = Target(name)
        return found

    def special(self, name: str) -> frozenset[str] | None:
        """Return the prerequisites of a special target such as `.PHONY`; None when absent."""
        found = self.targets.get(name)
        if found is None or not found.rules:
            return None
        return frozenset(one.name for one in found.dependencies)

    def add_pattern(self, rule: PatternRule) -> None:
        """Add an implicit rule; one with the same targets and prerequisites replaces it."""
        wanted = (frozenset(rule.targets), tuple(one.name for one in rule.dependencies))
        for index, old in enumerate(self.patterns):
            if (
                frozenset(old.targets) == wanted[0]
                and tuple(one.name for one in old.dependencies) == wanted[1]
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
        """The known suffixes, as `.SUFFIXES` and the built-in list give them."""
        found = self.targets.get(".SUFFIXES")
        known = list(predefined.SUFFIXES) if self.builtin else []
        for rule in found.rules if found else ():
            if not rule.dependencies:
                known = []
            known += [one.name for one in rule.dependencies]
        return tuple(dict.fromkeys(known))

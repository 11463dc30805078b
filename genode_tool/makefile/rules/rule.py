"""Rules and targets as the makefiles define them.

GNU make manual, "Writing Rules", "Static Pattern Rules", "Defining and Redefining Pattern Rules".
Rules are named tuples, which are made in a fraction of the time that frozen dataclasses take.
"""

from __future__ import annotations

from genode_tool.errors import Location
from genode_tool.makefile.problems import Source
from genode_tool.makefile.reading.syntax import RecipeLine
from genode_tool.makefile.reading.text import Text
from genode_tool.makefile.variables.variable import Variable
from genode_tool.record import NamedTuple, field, record


class Recipe(NamedTuple):
    """The lines of a recipe, not expanded, and where they stand."""

    lines: tuple[RecipeLine, ...]
    source: Source
    prefix: str = "\t"

    @property
    def location(self) -> Location:
        """The place of the first line."""
        return self.source.location(self.lines[0].line) if self.lines else Location("")


class Prerequisite(NamedTuple):
    """A prerequisite as a rule names it. `wait`: what follows must wait for what stands before.

    `literal`: a pattern rule names it without a `%`, so that it is not intermediate. `hidden`: it
    comes from `.EXTRA_PREREQS` and is left out of automatic variables.
    """

    name: str
    order_only: bool = False
    wait: bool = False
    literal: bool = False
    hidden: bool = False


class Rule(NamedTuple):
    """An explicit or static pattern rule for one target.

    `deferred` is the text of prerequisites to be expanded a second time when the target is
    considered. `group` holds all targets that one run of the recipe makes (`&:`).
    """

    target: str
    prerequisites: tuple[Prerequisite, ...]
    recipe: Recipe | None
    source: Source
    line: int
    double: bool = False
    stem: str = ""
    static_pattern: bool = False
    deferred: str | None = None
    group: tuple[str, ...] = ()

    @property
    def location(self) -> Location:
        """The place of the rule line."""
        return self.source.location(self.line)


@record
class PatternRule:
    """An implicit rule: target patterns, prerequisite patterns, recipe.

    `terminal`: a rule with a double colon, whose prerequisites must exist. `extra` follows what a
    second expansion of `deferred` gives.
    """

    targets: tuple[str, ...]
    prerequisites: tuple[Prerequisite, ...]
    recipe: Recipe | None
    location: Location
    terminal: bool = False
    deferred: str | None = None
    builtin: bool = False
    extra: tuple[Prerequisite, ...] = ()


@record(frozen=False)
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
    def needs(self) -> bool:
        """Whether a rule has prerequisites for the target."""
        return any(one.prerequisites or one.deferred is not None for one in self.rules)

    @property
    def prerequisites(self) -> list[Prerequisite]:
        """All prerequisites, in the order of `ordered_rules`."""
        return [one for rule in self.ordered_rules for one in rule.prerequisites]

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


@record
class PatternVariables:
    """Variables for all targets that match a pattern."""

    pattern: str
    operator: str
    name: str
    value: Text
    assignment: Variable

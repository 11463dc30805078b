"""Files as the graph knows them, and their prerequisites."""

from __future__ import annotations

from genode_tool.errors import Location
from genode_tool.makefile.rules.rule import PatternRule, Recipe, Rule, Target
from genode_tool.makefile.variables.protocols import Scope


class Dependency:
    """One prerequisite of a file; a `hidden` one is left out of automatic variables."""

    __slots__ = ("changed", "file", "hidden", "order_only", "wait")

    def __init__(self, file: File, order_only: bool, wait: bool, hidden: bool = False) -> None:
        self.file = file
        self.order_only = order_only
        self.wait = wait
        self.hidden = hidden
        self.changed = False


class File:
    """A file, or a name that stands for an action.

    `found` is the name to use for it: its own, or the one found on the search path.
    `branches` are the single rules of a double-colon target, `branch_rule` is the rule of a branch.
    `pattern` is the target pattern of the implicit rule that makes it.
    `group` are further files that one run of the recipe makes. `settled`: what the makefiles say
    about the file is known; `searched`: an implicit rule was searched for, if need be.
    `deferred` are the rules whose prerequisites wait for a second expansion, each with the place of
    its prerequisites, after the first `implied` ones of an implicit rule.
    `terminal`: a pattern rule with a double colon needs it, so that no implicit rule may make it.
    `extended`: it has the prerequisites of `.EXTRA_PREREQS`.
    `optional`: it is now wanted for a makefile that may be missing. `undiagnosed`: it was when it
    was updated, so that its failure was not reported.
    """

    __slots__ = (
        "branch_rule",
        "branches",
        "by_default",
        "deferred",
        "dependencies",
        "explicit",
        "extended",
        "found",
        "group",
        "implicit",
        "implied",
        "inherited",
        "intermediate",
        "is_target",
        "location",
        "name",
        "optional",
        "parent",
        "pattern",
        "phony",
        "recipe",
        "searched",
        "settled",
        "static_stem",
        "stem",
        "target",
        "terminal",
        "undiagnosed",
    )

    def __init__(self, name: str, target: Target | None) -> None:
        self.name = name
        self.found = name
        self.target = target
        self.dependencies: list[Dependency] = []
        self.deferred: list[tuple[Rule, int]] = []
        self.implied = 0
        self.recipe: Recipe | None = None
        self.stem = ""
        self.static_stem = False
        self.location: Location | None = None
        self.phony = False
        self.explicit = False
        self.is_target = False
        self.extended = False
        self.implicit: PatternRule | None = None
        self.intermediate = False
        self.pattern = ""
        self.by_default = False
        self.group: list[File] = []
        self.branch_rule: Rule | None = None
        self.branches: list[File] = []
        self.parent: File | None = None
        self.settled = False
        self.searched = False
        self.terminal = False
        self.optional = False
        self.undiagnosed = False
        self.inherited: list[Scope] | None = None

"""Files as the graph knows them, and their prerequisites."""

from __future__ import annotations

from collections.abc import Sequence

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

    # What most files do not have is kept on the class until one has it.
    deferred: tuple[tuple[Rule, int], ...] = ()
    implied = 0
    recipe: Recipe | None = None
    stem = ""
    static_stem = False
    location: Location | None = None
    phony = False
    explicit = False
    is_target = False
    extended = False
    implicit: PatternRule | None = None
    intermediate = False
    pattern = ""
    by_default = False
    group: Sequence[File] = ()
    branch_rule: Rule | None = None
    branches: Sequence[File] = ()
    parent: File | None = None
    settled = False
    searched = False
    terminal = False
    optional = False
    undiagnosed = False
    inherited: list[Scope] | None = None

    def __init__(self, name: str, target: Target | None) -> None:
        self.name = name
        self.found = name
        self.target = target
        self.dependencies: list[Dependency] = []

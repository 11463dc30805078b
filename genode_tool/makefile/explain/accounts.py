"""The explanation of a target: how it is made, which rules were tried, where its inputs are."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from genode_tool.errors import Location
from genode_tool.makefile.rules.commands import Command


class RuleKind(enum.Enum):
    """The kind of rule that makes a file."""

    EXPLICIT = "explicit rule"
    STATIC_PATTERN = "static pattern rule"
    PATTERN = "pattern rule"
    BUILTIN = "built-in rule"
    DEFAULT = "rule of .DEFAULT"
    NAME = "rule without a recipe"
    SOURCE = "source file"
    NONE = "no rule"


@dataclass(frozen=True, slots=True)
class Check:
    """The check of one prerequisite of a rule that might apply.

    `searched` are the places of a file that was not found.
    """

    name: str
    fits: bool
    why: str
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateAccount:
    """A pattern rule whose target matches, and why it was chosen or not."""

    pattern: str
    prerequisites: tuple[str, ...]
    stem: str
    location: Location
    chosen: bool
    why: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class InputAccount:
    """A prerequisite: its `name` in the makefile, the `path` it stands for.

    `found_by` is the search path that led there, "" for none; `made` whether a step makes it.
    """

    name: str
    path: str
    found_by: str
    location: Location | None
    made: bool
    exists: bool


@dataclass(frozen=True, slots=True)
class RuleAccount:
    """A rule that says something about the target."""

    location: Location
    prerequisites: tuple[str, ...]
    recipe: bool


@dataclass(frozen=True, slots=True)
class InForce:
    """A variable that holds for this target alone, or for what it is made for."""

    name: str
    value: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class TargetAccount:
    """A file, or a name that stands for an action, as the makefiles have it.

    `rules` are all that name it explicitly, `candidates` the pattern rules that match it (none
    are looked for when an explicit rule has a recipe). `undefined` are names that the recipe
    refers to, directly or not, without a definition.
    """

    name: str
    outputs: tuple[str, ...]
    kind: RuleKind
    phony: bool
    location: Location | None
    pattern: str
    stem: str
    rules: tuple[RuleAccount, ...]
    candidates: tuple[CandidateAccount, ...]
    inputs: tuple[InputAccount, ...]
    order_only: tuple[InputAccount, ...]
    variables: tuple[InForce, ...]
    commands: tuple[Command, ...]
    undefined: tuple[str, ...]
    needed_by: tuple[str, ...]
    warnings: tuple[str, ...]

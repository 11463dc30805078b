"""Errors, warnings and messages of an evaluation, each with its place.

`Source` is a link of the chain of includes and evals that led to a text.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from genode_tool.errors import Location, UserError


class MakefileError(UserError):
    """A makefile cannot be evaluated: bad syntax, `$(error)`, a bad argument of a function.

    `trail` lists the includes, calls and evals that led there, innermost first.
    """


class NoRuleError(MakefileError):
    """There is no rule to make a target that is needed."""


class Severity(enum.Enum):
    """The severity of a message: `$(info)`, a warning, and one that GNU make does not give."""

    INFO = "info"
    WARNING = "warning"
    LINT = "lint"


@dataclass(frozen=True, slots=True)
class Message:
    """A text for the user, with the place it is about."""

    severity: Severity
    text: str
    location: Location | None = None
    trail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A text being evaluated: which file, and which place of which source included it.

    `shift` is added to line numbers (text given to `$(eval)` counts from the line of the call).
    """

    file: str
    parent: Source | None = None
    parent_line: int = 0
    shift: int = 0
    how: str = "included"

    def location(self, line: int) -> Location:
        """Return the place of a line of this source."""
        return Location(self.file, line + self.shift)

    def trail(self) -> tuple[str, ...]:
        """Return the chain of includes and evals, innermost first."""
        steps = []
        source = self
        while source.parent is not None:
            where = source.parent.location(source.parent_line)
            steps.append(f"{source.how} from {where}")
            source = source.parent
        return tuple(steps)

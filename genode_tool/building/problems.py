"""What is wrong with descriptions: collected, then reported together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from genode_tool.errors import GenodeError, Location


class Trouble(Enum):
    """The kinds of problems, in the order of a report. The value is the report's heading."""

    EVALUATION = "descriptions that cannot be evaluated"
    NO_TARGET = "descriptions without TARGET"
    MISSING_LIBRARY = "missing libraries"
    MISSING_FILE = "missing files"
    AMBIGUOUS = "ambiguous target names"
    CYCLE = "dependency cycles"
    PORT = "ports not prepared or outdated"
    REQUIREMENT = "unmet requirements"

    @property
    def fails(self) -> bool:
        """Whether such a problem makes a build fail; otherwise its target is just skipped."""
        return self is not Trouble.REQUIREMENT


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `chain` is who wanted it: the subject first, the goal's program last.

    `others` counts further targets that need the subject. `remedy` is a command that, called
    with the subjects of several problems, mends all of them.
    """

    trouble: Trouble
    subject: str
    message: str
    location: Location | None = None
    chain: tuple[str, ...] = ()
    trail: tuple[str, ...] = ()
    hint: str = ""
    others: int = 0
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.location}: {self.message}" if self.location else self.message
        if len(self.chain) > 1:
            text += f" (needed by {' <- '.join(self.chain[1:])})"
        return text

    def to_data(self) -> tuple[Any, ...]:
        """Return the problem as plain data."""
        place = self.location
        return (
            self.trouble.name,
            self.subject,
            self.message,
            (place.file, place.line, place.column) if place else None,
            self.chain,
            self.trail,
            self.hint,
            self.others,
            self.remedy,
        )

    @classmethod
    def from_data(cls, data: tuple[Any, ...]) -> Problem:
        """Return the problem that `to_data` made `data` of."""
        trouble, subject, message, place, *rest = data
        location = Location(*place) if place else None
        return cls(Trouble[trouble], subject, message, location, *rest)

    @classmethod
    def from_error(cls, subject: str, error: GenodeError, chain: tuple[str, ...] = ()) -> Problem:
        """Return the problem that description `subject` has when its evaluation raised `error`."""
        return cls(
            Trouble.EVALUATION,
            subject,
            error.message,
            error.location,
            chain,
            error.trail,
            error.hint,
        )

"""Problems of descriptions, collected and then reported together."""

from __future__ import annotations

from enum import Enum
from typing import Any

from genode_tool.errors import Diagnostic, GenodeError, Location, Severity
from genode_tool.record import record


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
        """Return whether such a problem makes a build fail; otherwise its target is skipped."""
        return self is not Trouble.REQUIREMENT


@record
class Problem:
    """One problem of a description.

    `subject` is the library, target, file or port it is about. `chain` is who needs that: the
    subject first, the goal's program last; `others` counts further targets that need it.
    `remedy` is a command that, called with the subjects of several problems, mends all of them.
    """

    trouble: Trouble
    subject: str
    diagnostic: Diagnostic
    chain: tuple[str, ...] = ()
    others: int = 0
    remedy: str = ""

    @classmethod
    def of(
        cls,
        trouble: Trouble,
        subject: str,
        text: str,
        location: Location | None = None,
        chain: tuple[str, ...] = (),
        *,
        hint: str = "",
        remedy: str = "",
    ) -> Problem:
        """Return a problem as severe as `trouble` is."""
        severity = Severity.ERROR if trouble.fails else Severity.WARNING
        return cls(
            trouble, subject, Diagnostic(severity, text, location, hint=hint), chain, remedy=remedy
        )

    @classmethod
    def of_error(cls, subject: str, error: GenodeError, chain: tuple[str, ...] = ()) -> Problem:
        """Return the problem that description `subject` has when its evaluation raised `error`."""
        return cls(Trouble.EVALUATION, subject, error.diagnostic, chain)

    def __str__(self) -> str:
        text = str(self.diagnostic)
        if len(self.chain) > 1:
            text += f" (needed by {' <- '.join(self.chain[1:])})"
        return text

    def to_data(self) -> tuple[Any, ...]:
        """Return the problem as plain data."""
        shown, place = self.diagnostic, self.diagnostic.location
        return (
            self.trouble.name,
            self.subject,
            shown.severity.name,
            shown.text,
            (place.file, place.line, place.column) if place else None,
            shown.trail,
            shown.hint,
            self.chain,
            self.others,
            self.remedy,
        )

    @classmethod
    def from_data(cls, data: tuple[Any, ...]) -> Problem:
        """Return the problem that `to_data` made `data` of."""
        trouble, subject, severity, text, place, trail, hint, *rest = data
        location = Location(*place) if place else None
        diagnostic = Diagnostic(Severity[severity], text, location, trail, hint)
        return cls(Trouble[trouble], subject, diagnostic, *rest)

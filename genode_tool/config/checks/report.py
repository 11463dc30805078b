"""The input of the checks, and the report that collects their findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from genode_tool.config.syntax.document import Finding
from genode_tool.config.system.model import Dialect, System
from genode_tool.errors import Diagnostic, Location, Severity
from genode_tool.nearest import did_you_mean

_MOST_GUESSES = 100
"""Guesses for one instance of init; each compares a name with all others, which takes time."""


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Known facts about the image. `modules` None: unknown; `ram` in bytes, 0: unknown."""

    modules: frozenset[str] | None = None
    ram: int = 0
    strict: bool = False


@dataclass(slots=True)
class Report:
    """Collects the findings of one instance of init, which is `top` or somewhere within it."""

    system: System
    top: System
    strict: bool
    findings: list[Finding] = field(default_factory=list)
    _guesses: int = 0

    def guess(self, name: str, known: Iterable[str]) -> str:
        """Return a hint with the names that are like `name`; "" when none is, or after many."""
        self._guesses += 1
        return did_you_mean(name, known) if self._guesses <= _MOST_GUESSES else ""

    def children(self) -> Iterable[str]:
        """Yield the names of all children."""
        return (one.name for one in self.system.children)

    def broken(
        self, kind: str, message: str, location: Location, hint: str = "", child: str = ""
    ) -> None:
        """Report what our own init refuses, and the framework's only on a request for it."""
        error = self.strict or self.system.dialect is Dialect.OWN
        severity = Severity.ERROR if error else Severity.WARNING
        self._add(severity, kind, message, location, hint, child)

    def error(
        self, kind: str, message: str, location: Location, hint: str = "", child: str = ""
    ) -> None:
        """Report a mistake."""
        self._add(Severity.ERROR, kind, message, location, hint, child)

    def warn(
        self, kind: str, message: str, location: Location, hint: str = "", child: str = ""
    ) -> None:
        """Report what looks like a mistake."""
        self._add(Severity.WARNING, kind, message, location, hint, child)

    def _add(
        self,
        severity: Severity,
        kind: str,
        message: str,
        location: Location,
        hint: str,
        child: str,
    ) -> None:
        path = " -> ".join((*self.system.path, child) if child else self.system.path)
        diagnostic = Diagnostic(severity, message, location, hint=hint)
        self.findings.append(Finding(kind, diagnostic, path))

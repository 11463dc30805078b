"""The result of a check of a tool chain."""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.errors import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of `check`.

    The diagnostic is information when all is as pinned, a warning when something is different but
    usable, an error when it is wrong; its hint says what to do.
    """

    check: str
    diagnostic: Diagnostic

    @property
    def failed(self) -> bool:
        """True if something is wrong."""
        return self.diagnostic.severity is Severity.ERROR

    @property
    def ok(self) -> bool:
        """True if all is as pinned."""
        return self.diagnostic.severity is Severity.INFO


def ok(check: str, found: str) -> CheckResult:
    """Return the result that something is as it should be."""
    return CheckResult(check, Diagnostic(Severity.INFO, found))


def failed(check: str, found: str, fix: str) -> CheckResult:
    """Return the result that something is wrong."""
    return CheckResult(check, Diagnostic(Severity.ERROR, found, hint=fix))


def differs(check: str, found: str, fix: str = "") -> CheckResult:
    """Return the result that something is unlike the pinned tool chain, but usable."""
    return CheckResult(check, Diagnostic(Severity.WARNING, found, hint=fix))

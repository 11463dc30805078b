"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How it stands: as pinned, different but usable, or wrong."""

    OK = "ok"
    DIFFERS = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer. `found` is one line; `fix`, "" when all is well, says what to do."""

    check: str
    state: State
    found: str
    fix: str = ""


def ok(check: str, found: str) -> Finding:
    """Return the finding that something is as it should be."""
    return Finding(check, State.OK, found)


def failed(check: str, found: str, fix: str) -> Finding:
    """Return the finding that something is wrong."""
    return Finding(check, State.FAILED, found, fix)


def differs(check: str, found: str, fix: str = "") -> Finding:
    """Return the finding that something is unlike the pinned tool chain, but usable."""
    return Finding(check, State.DIFFERS, found, fix)

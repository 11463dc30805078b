"""The events of making archives, and their results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from genode_tool.depot.archive.name import Archive
from genode_tool.errors import GenodeError
from genode_tool.events import Event


class ArchiveOutcome(Enum):
    """How the work on an archive ended; the value is the word for it."""

    CREATED = "created"
    RESTORED = "restored"
    """The depot had another content under the same version."""
    PRESENT = "up to date"
    FAILED = "failed"
    UNTRIED = "not tried"
    """Something that it needs failed."""


@dataclass(frozen=True, slots=True)
class ArchiveStarted(Event):
    """An archive is being made; it is one of `total`."""

    archive: Archive
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class ArchiveFinished(Event):
    """The work on an archive ended. `archive` has its version unless it failed.

    `previous` is the version that the recipe had before, if it has a new one now.
    """

    archive: Archive
    outcome: ArchiveOutcome
    previous: str = ""
    error: GenodeError | None = None


@dataclass(frozen=True, slots=True)
class ArchivesFinished(Event):
    """The end of a call, with everything that it worked on, in order; `seconds` it took."""

    finished: tuple[ArchiveFinished, ...]
    seconds: float

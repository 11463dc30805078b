"""The events of publishing, downloading and mirroring."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from genode_tool.errors import GenodeError
from genode_tool.events import Event


class Transfer(Enum):
    """How the work on a file or archive ended; the value is the word for it."""

    PUBLISHED = "published"
    DOWNLOADED = "downloaded"
    MIRRORED = "mirrored"
    PRESENT = "up to date"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Transferred(Event):
    """The work on a file or archive ended."""

    name: str
    outcome: Transfer
    error: GenodeError | None = None


@dataclass(frozen=True, slots=True)
class TransfersFinished(Event):
    """The end of a call, with everything that it worked on; `seconds` it took."""

    finished: tuple[Transferred, ...]
    seconds: float

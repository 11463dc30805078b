"""Events of the preparation of ports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from genode_tool.errors import GenodeError
from genode_tool.events import Event


class PortOutcome(Enum):
    """The outcome of preparing one port."""

    PREPARED = "prepared"
    PRESENT = "was already prepared"
    DOWNLOADED = "downloaded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PortStarted(Event):
    """Work on `port` begins; `resumed` counts the steps that an earlier call had finished."""

    port: str
    version: str
    resumed: int = 0


@dataclass(frozen=True, slots=True)
class PortStep(Event):
    """A step of `port` begins: "download", "extract", "apply" …, and what it is about."""

    port: str
    action: str
    subject: str


@dataclass(frozen=True, slots=True)
class PortEvent(Event):
    """An event of a fetcher, an archive or a patch while `port` was prepared."""

    port: str
    event: Event


@dataclass(frozen=True, slots=True)
class PortFinished(Event):
    """One port is done; `seconds` is the time it took, `error` the reason of a failure."""

    port: str
    outcome: PortOutcome
    path: Path | None
    seconds: float
    error: GenodeError | None = None
    log: Path | None = None


@dataclass(frozen=True, slots=True)
class PortsFinished(Event):
    """A call ends; `untried` are ports that were not begun after the failure of another one."""

    prepared: int
    present: int
    failed: tuple[str, ...]
    seconds: float
    untried: tuple[str, ...] = ()
    downloaded: int = 0

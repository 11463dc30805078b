"""Events of a bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.events import Event


@dataclass(frozen=True, slots=True)
class StepStarted(Event):
    """Step `number` of `total` starts; all it prints is in `log`."""

    title: str
    number: int
    total: int
    log: Path
    resumed: bool


@dataclass(frozen=True, slots=True)
class StepUpToDate(Event):
    """A step was done by an earlier call."""

    title: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class StepProgress(Event):
    """Progress of the running step: `fraction` of 1, `seconds_left` None while unknown."""

    title: str
    number: int
    total: int
    fraction: float
    seconds_left: float | None
    activity: str


@dataclass(frozen=True, slots=True)
class StepFinished(Event):
    """A step is over, after `seconds` of this call."""

    title: str
    number: int
    total: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StepStopped(Event):
    """A step failed or was interrupted; what is wrong comes as an error."""

    title: str


@dataclass(frozen=True, slots=True)
class StepPlanned(Event):
    """A step of a dry run with its commands, one a line; `done`: an earlier call has run it."""

    title: str
    number: int
    total: int
    done: bool
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installed(Event):
    """A tool chain is in place. Sizes in bytes; times in seconds, over all attempts."""

    prefix: Path
    architectures: tuple[str, ...]
    current: Path | None
    size: int
    wall_seconds: float
    cpu_seconds: float

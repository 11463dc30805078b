"""The events of the run engine; `genode_tool.report` renders them.

Times are in seconds since the scenario's start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from genode_tool.events import Event
from genode_tool.run.verdict import Verdict


class Phase(Enum):
    """The parts of a run, in their usual order."""

    BUILD = "build"
    BOOT_DIRECTORY = "boot directory"
    IMAGE = "image"
    START = "start"
    BOOT = "boot"
    EXECUTE = "execute"


@dataclass(frozen=True, slots=True)
class RunEvent(Event):
    """Base of the engine's events. `scenario` is the name of the run script."""

    scenario: str


@dataclass(frozen=True, slots=True)
class ScenarioStarted(RunEvent):
    """A run script begins; `index` of `total` counts from 1."""

    script: Path
    kernel: str
    board: str
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class PhaseStarted(RunEvent):
    """A part of the run begins. `detail` names its subject (goals, image, command)."""

    phase: Phase
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PhaseEnded(RunEvent):
    """A part of the run ended, `seconds` after the start, having taken `duration`."""

    phase: Phase
    seconds: float
    duration: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ScriptOutput(RunEvent):
    """A line that the run script printed with `puts`; `error` for its standard error."""

    text: str
    error: bool = False


@dataclass(frozen=True, slots=True)
class MachineStarted(RunEvent):
    """The machine runs. `command` is its exact command line."""

    command: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class DebuggerWanted(RunEvent):
    """The machine is held until a debugger continues it.

    `command` starts the debugger; with `started`, it runs on the user's terminal.
    """

    command: tuple[str, ...]
    started: bool
    log: Path


@dataclass(frozen=True, slots=True)
class SerialLine(RunEvent):
    """A complete line of the machine's log, without its line end."""

    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ConfigurationWarning(RunEvent):
    """A scenario's configuration has what looks like a mistake; `text` begins with its place."""

    text: str


@dataclass(frozen=True, slots=True)
class VerdictReached(RunEvent):
    """The run script ended; the system goes on until the user leaves.

    With `joined`, the user's terminal is joined to it; otherwise it has a debugger.
    """

    verdict: Verdict
    joined: bool


@dataclass(frozen=True, slots=True)
class ScenarioEnded(RunEvent):
    """The run script ended."""

    verdict: Verdict

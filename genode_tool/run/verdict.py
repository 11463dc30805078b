"""Verdicts on scenarios, and the exceptions that end a run script.

The exit codes are the ones that users of the framework's run tool know, seen as a byte:
−1 → 255 output mismatch, −2 → 254 time-out, −3 → 253 end of output, −4 → 252 failed build or
unexpected reboot. 1 stands for a scenario that does not apply here, 2 for a mistake in the script,
the configuration, or the machine's set-up, as everywhere in this tool.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from genode_tool.errors import GenodeError, Location


class Outcome(Enum):
    """The kind of verdict. `word` is for tables, `exit_code` what a shell sees."""

    PASSED = ("passed", 0)
    SKIPPED = ("skipped", 0)
    MISMATCH = ("mismatch", 255)
    TIMEOUT = ("time-out", 254)
    END_OF_OUTPUT = ("end of output", 253)
    REBOOT = ("reboot", 252)
    BUILD_FAILED = ("build failed", 252)
    NO_IMAGE = ("no image", 2)
    UNSUPPORTED = ("unsupported", 1)
    EXITED = ("exit", 1)
    SCRIPT_ERROR = ("script error", 2)
    ERROR = ("error", 2)
    INTERRUPTED = ("interrupted", 130)

    def __init__(self, word: str, exit_code: int) -> None:
        self.word = word
        self.exit_code = exit_code

    @property
    def good(self) -> bool:
        """Return whether nothing is wrong."""
        return self.exit_code == 0


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that is not as the run script wants it; `line` counts from 0."""

    line: int
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for a verdict: the awaited pattern, differing lines, the last lines of output.

    `messages` are the last lines that QEMU itself printed, `missing_ports` the ports without which
    the system could not be built.
    """

    expected: str = ""
    differences: tuple[Difference, ...] = ()
    last_lines: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    missing_ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one scenario.

    `reason` is one sentence; `seconds` the whole duration; `record` the directory with image,
    logs and this verdict as JSON (None when the run never got that far); `image` the file that
    was made for booting, if any; `attempts` how often the scenario was run.
    """

    name: str
    kernel: str
    board: str
    outcome: Outcome
    exit_code: int
    reason: str
    seconds: float
    record: Path | None
    evidence: Evidence = Evidence()
    location: Location | None = None
    trail: tuple[str, ...] = ()
    hint: str = ""
    image: Path | None = None
    attempts: int = 1

    @property
    def passed(self) -> bool:
        """Return whether the scenario did all that its run script demands."""
        return self.outcome is Outcome.PASSED


class ScenarioStop(GenodeError):
    """Ends the run script at once, whatever `catch` surrounds it.

    Carries what the verdict will say. `exit_code` may differ from the outcome's usual one,
    for `exit N` in a script.
    """

    def __init__(
        self,
        outcome: Outcome,
        message: str,
        *,
        exit_code: int | None = None,
        evidence: Evidence | None = None,
        location: Location | None = None,
        trail: tuple[str, ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message, location=location, trail=trail, hint=hint)
        self.outcome = outcome
        self.exit_code = outcome.exit_code if exit_code is None else exit_code & 0xFF
        self.evidence = evidence or Evidence()


class ScriptError(GenodeError):
    """A mistake in a run script; as a Tcl error the script's own `catch` may handle it."""


class UnknownCommand(ScriptError):
    """A script calls what neither Tcl nor the run API nor the script itself has."""

"""The seam between running a scenario and planning it.

Procedures describe what they do; the mode, chosen once per scenario, does it (`RunningMode`) or
notes it (`PlanningMode`). No procedure asks which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from genode_tool.run.plan import Expectation
from genode_tool.run.verdict import ScenarioStop

T = TypeVar("T")


class StartCommand(Protocol):
    """The way in which a system would be started."""

    def arguments(self) -> tuple[str, ...]:
        """Return what the script adds to QEMU's arguments."""

    def command(self) -> tuple[str, ...]:
        """Return the whole command line; empty where none starts the system."""


class ExecutionMode(Protocol):
    """All in which running a scenario differs from planning it.

    Actions are callables. What a plan cannot know is given as `planned`, the result that lets
    the script go on.
    """

    def perform(self, action: Callable[[], T], planned: T) -> T:
        """Run an action that a plan leaves out and does not mention."""

    def missing(self, error: ScenarioStop) -> None:
        """Raise `error` for something that does not exist; a plan goes on without it."""

    def start_program(self, argv: Sequence[str], start: Callable[[], T], planned: T) -> T:
        """Start a program of the host; a plan notes its command line."""

    def copy(self, source: Path, target: Path, copy: Callable[[], None]) -> None:
        """Copy a file; a plan copies what later steps of the script may read."""

    def import_entry(self, source: Path, target: Path) -> None:
        """Copy a file or directory of a depot archive; a plan notes that it exists.

        Raises `OSError`.
        """

    def renew_boot_directory(self, directory: Path) -> None:
        """Create an empty boot directory. Raises `EnvironmentProblem`."""

    def make_image(
        self,
        modules: tuple[str, ...],
        directory: Path,
        goals: Callable[[], Sequence[str]],
        make: Callable[[], None],
    ) -> None:
        """Make the boot image of `modules` and of what is in the boot directory.

        `goals` returns what the kernel's image takes besides the goals of the script.
        """

    def artifacts(self, built: Sequence[str]) -> Sequence[str]:
        """Return the names of the artifacts: `built`, or what the plan's goals would make."""

    def start_system(self, start: Callable[[], bool], command: StartCommand) -> bool:
        """Start the system; return whether that worked."""

    def await_system(
        self, expectation: Expectation, wait: Callable[[], T], planned: T, command: StartCommand
    ) -> T:
        """Start the system if need be, and wait for its output. `wait` does both."""

    def await_program(self, expectation: Expectation, wait: Callable[[], T], planned: T) -> T:
        """Wait for the output of a program that the script started."""

    def compare(self, compare: Callable[[], None]) -> None:
        """Compare the output with what the script expects."""

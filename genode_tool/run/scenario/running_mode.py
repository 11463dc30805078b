"""The execution mode in which scenarios run: every action is performed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from genode_tool.run.plan import Expectation
from genode_tool.run.record.run_record import RunRecord
from genode_tool.run.scenario.execution_mode import StartCommand
from genode_tool.run.verdict import ScenarioStop

T = TypeVar("T")


class RunningMode:
    """The mode of a run, which performs effects. `record` owns the directory of the run."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record

    def perform(self, action: Callable[[], T], planned: T) -> T:
        """Run the action."""
        del planned
        return action()

    def missing(self, error: ScenarioStop) -> None:
        """Raise `error`."""
        raise error

    def start_program(self, argv: Sequence[str], start: Callable[[], T], planned: T) -> T:
        """Start the program."""
        del argv, planned
        return start()

    def copy(self, source: Path, target: Path, copy: Callable[[], None]) -> None:
        """Copy the file."""
        del source, target
        copy()

    def import_entry(self, source: Path, target: Path) -> None:
        """Copy the file or directory."""
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)

    def renew_boot_directory(self, directory: Path) -> None:
        """Create an empty boot directory. Raises `EnvironmentProblem`."""
        del directory  # the record knows its own place
        self._record.make_boot_directory()

    def make_image(
        self,
        modules: tuple[str, ...],
        directory: Path,
        goals: Callable[[], Sequence[str]],
        make: Callable[[], None],
    ) -> None:
        """Make the boot image of `modules` and of the boot directory."""
        del modules, directory, goals
        make()

    def artifacts(self, built: Sequence[str]) -> Sequence[str]:
        """Return `built`."""
        return built

    def start_system(self, start: Callable[[], bool], command: StartCommand) -> bool:
        """Start the system; return whether that worked."""
        del command
        return start()

    def await_system(
        self, expectation: Expectation, wait: Callable[[], T], planned: T, command: StartCommand
    ) -> T:
        """Start the system if need be, and wait for its output."""
        del expectation, planned, command
        return wait()

    def await_program(self, expectation: Expectation, wait: Callable[[], T], planned: T) -> T:
        """Wait for the output of a program that the script started."""
        del expectation, planned
        return wait()

    def compare(self, compare: Callable[[], None]) -> None:
        """Compare the output with what the script expects."""
        compare()

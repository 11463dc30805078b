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
    """See `ExecutionMode`. `record` owns the directory of the run."""

    def __init__(self, record: RunRecord) -> None:
        self._record = record

    def perform(self, action: Callable[[], T], planned: T) -> T:
        """See `ExecutionMode`."""
        del planned
        return action()

    def missing(self, error: ScenarioStop) -> None:
        """See `ExecutionMode`."""
        raise error

    def start_program(self, argv: Sequence[str], start: Callable[[], T], planned: T) -> T:
        """See `ExecutionMode`."""
        del argv, planned
        return start()

    def copy(self, source: Path, target: Path, copy: Callable[[], None]) -> None:
        """See `ExecutionMode`."""
        del source, target
        copy()

    def import_entry(self, source: Path, target: Path) -> None:
        """See `ExecutionMode`."""
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)

    def renew_boot_directory(self, directory: Path) -> None:
        """See `ExecutionMode`."""
        del directory  # the record knows its own place
        self._record.make_boot_directory()

    def make_image(
        self,
        modules: tuple[str, ...],
        directory: Path,
        goals: Callable[[], Sequence[str]],
        make: Callable[[], None],
    ) -> None:
        """See `ExecutionMode`."""
        del modules, directory, goals
        make()

    def artifacts(self, built: Sequence[str]) -> Sequence[str]:
        """See `ExecutionMode`."""
        return built

    def start_system(self, start: Callable[[], bool], command: StartCommand) -> bool:
        """See `ExecutionMode`."""
        del command
        return start()

    def await_system(
        self, expectation: Expectation, wait: Callable[[], T], planned: T, command: StartCommand
    ) -> T:
        """See `ExecutionMode`."""
        del expectation, planned, command
        return wait()

    def await_program(self, expectation: Expectation, wait: Callable[[], T], planned: T) -> T:
        """See `ExecutionMode`."""
        del expectation, planned
        return wait()

    def compare(self, compare: Callable[[], None]) -> None:
        """See `ExecutionMode`."""
        compare()

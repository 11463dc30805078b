"""The execution mode in which scenarios are planned: actions are noted instead of performed.

The only files that it writes are those of the plan's own directory, which stands for the build
directory: what a script puts there, later steps of the script may read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from genode_tool.errors import GenodeError
from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.plan import Expectation, PlannedImage, ScenarioPlan
from genode_tool.run.scenario.execution_mode import StartCommand
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Outcome, ScenarioStop

PLANNED_ID = "exp0"
"""The spawn id of programs and systems that were not started."""

_SPAWN_IDS = ("output_spawn_id", "qemu_spawn_id", "linux_spawn_id")
_WAITS = 100  # more than any script needs; ends loops that only the system's output would end
_SMALL_BYTES = 1 << 20

T = TypeVar("T")


class PlanningMode:
    """The mode of a plan, which notes effects in `plan`. `build` is in the plan's own directory."""

    def __init__(self, plan: ScenarioPlan, build: BuildSide, script: Script) -> None:
        self._plan = plan
        self._build = build
        self._script = script

    def perform(self, action: Callable[[], T], planned: T) -> T:
        """Leave the action out and return `planned`."""
        del action
        return planned

    def missing(self, error: ScenarioStop) -> None:
        """Continue: it may exist when the scenario runs."""

    def start_program(self, argv: Sequence[str], start: Callable[[], T], planned: T) -> T:
        """Note the command line and return `planned`."""
        del start
        self._plan.commands.append(tuple(argv))
        return planned

    def copy(self, source: Path, target: Path, copy: Callable[[], None]) -> None:
        """Copy what later steps may read; nothing large, nothing outside the plan's directory."""
        inside = target.resolve().is_relative_to(self._build.path.resolve())
        if not inside or not source.is_file() or source.stat().st_size > _SMALL_BYTES:
            return
        if target.is_dir() or target.parent.is_dir():
            copy()

    def import_entry(self, source: Path, target: Path) -> None:
        """Create an empty file in its place."""
        del source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()

    def renew_boot_directory(self, directory: Path) -> None:
        """Create the plan's own boot directory."""
        directory.mkdir(parents=True, exist_ok=True)

    def make_image(
        self,
        modules: tuple[str, ...],
        directory: Path,
        goals: Callable[[], Sequence[str]],
        make: Callable[[], None],
    ) -> None:
        """Note the modules, and the text files in the boot directory."""
        del make
        files: dict[str, str] = {}
        for path in sorted(directory.glob("*")):
            if path.is_file():
                with contextlib.suppress(UnicodeDecodeError, OSError):
                    files[path.name] = path.read_bytes().decode()
        self._plan.images.append(PlannedImage(modules, files))
        self._plan.goals += [goal for goal in goals() if goal not in self._plan.goals]

    def artifacts(self, built: Sequence[str]) -> Sequence[str]:
        """Return what the plan's goals would make; if that is unknown, note why."""
        del built
        plan = self._plan
        try:
            made = self._build.artifacts_of(plan.goals)
        except GenodeError as error:
            plan.unknown_artifacts = str(error)
            return ()
        if not made and plan.goals:
            goals = " ".join(plan.goals)
            plan.unknown_artifacts = f"the artifacts of the goals: see `genode make -n {goals}`"
        return made

    def start_system(self, start: Callable[[], bool], command: StartCommand) -> bool:
        """Note how the system would be started."""
        del start
        self._note_start(command)
        return True

    def await_system(
        self, expectation: Expectation, wait: Callable[[], T], planned: T, command: StartCommand
    ) -> T:
        """Note the wait. Ends the script when it would wait in an endless loop."""
        del wait
        if len(self._plan.expectations) >= _WAITS:
            self._plan.ended_early = "waits in a loop that the system's output would end"
            raise stop(self._script, Outcome.PASSED, self._plan.ended_early)
        self._plan.expectations.append(expectation)
        self._note_start(command)
        return planned

    def await_program(self, expectation: Expectation, wait: Callable[[], T], planned: T) -> T:
        """Note the wait."""
        del wait
        self._plan.expectations.append(expectation)
        return planned

    def compare(self, compare: Callable[[], None]) -> None:
        """Count the comparison."""
        del compare
        self._plan.comparisons += 1

    def _note_start(self, command: StartCommand) -> None:
        """Note how the system would be started; the first time counts."""
        if not self._plan.arguments:
            self._plan.arguments = command.arguments()
        if not self._plan.command:
            self._plan.command = command.command()
        for variable in _SPAWN_IDS:
            self._script.set(variable, PLANNED_ID)

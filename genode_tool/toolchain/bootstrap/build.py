"""`build`: runs the steps of a recipe that are not done yet, and installs the result."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.events import Event, Sink, discard
from genode_tool.files import make_directory
from genode_tool.locks import locked
from genode_tool.ports.fetch.progress import ActivityProgress
from genode_tool.toolchain.bootstrap.events import (
    Installed,
    StepFinished,
    StepPlanned,
    StepProgress,
    StepStarted,
    StepStopped,
    StepUpToDate,
)
from genode_tool.toolchain.bootstrap.execution.progress import (
    BuildMeter,
    compile_units,
    compiled_file,
)
from genode_tool.toolchain.bootstrap.execution.rollback import roll_back
from genode_tool.toolchain.bootstrap.execution.work_directory import WorkDirectory
from genode_tool.toolchain.bootstrap.install import install
from genode_tool.toolchain.bootstrap.prerequisites import (
    check_places,
    check_programs,
    check_space,
)
from genode_tool.toolchain.bootstrap.steps.actions import size_of
from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe, BuildStep

_REPORT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """Options of a build: parallel `jobs`; `keep` leaves the trees of sources and objects."""

    jobs: int = 1
    keep: bool = False
    sudo: bool = False


_LOCK_SECONDS = 24 * 3600.0


def plan(recipe: BuildRecipe, sink: Sink = discard) -> tuple[BuildStep, ...]:
    """Report every step with its commands to the sink, and return those that would run."""
    steps = recipe.steps()
    work = WorkDirectory(recipe.directory)
    todo = pending_steps(steps, work)
    for number, step in enumerate(steps, 1):
        done = step not in todo
        sink(StepPlanned(step.title, number, len(steps), done, step.action.commands()))
    return todo


def build(recipe: BuildRecipe, options: BuildOptions, sink: Sink = discard) -> None:
    """Build and install what `recipe` says.

    Checks the host first: programs and headers, places, disk space. Raises `EnvironmentProblem` for
    what is missing there, `BuildFailed` when a step fails; finished steps are not repeated by a
    later call in either case.
    """
    check_programs(recipe.wanted, recipe.features)
    check_places(recipe, sudo=options.sudo)
    steps = recipe.steps()
    make_directory(recipe.directory)
    work = WorkDirectory(recipe.directory, options.jobs, {"LC_ALL": "C"})
    where = f"the work directory {recipe.directory}"
    with locked(recipe.directory / "lock", where, Deadline.after(_LOCK_SECONDS), sink):
        todo = pending_steps(steps, work)
        check_space(recipe, todo)
        for number, step in enumerate(steps, 1):
            if step in todo:
                _run(step, number, steps, work, sink)
            else:
                sink(StepUpToDate(step.title, number, len(steps)))
        current = install(recipe.staged, recipe.prefix, sudo=options.sudo)
        if not options.keep:
            remove_build_trees(recipe)
    wall, cpu = time_spent(work, steps)
    names = tuple(one.name for one in recipe.architectures)
    sink(Installed(recipe.prefix, names, current, size_of(recipe.staged), wall, cpu))


def pending_steps(steps: Sequence[BuildStep], work: WorkDirectory) -> tuple[BuildStep, ...]:
    """Return the steps to run: those that are not done and that a wanted step depends on.

    A step that no other depends on is wanted. A step whose product is gone is not done.
    """
    wanted = {step.name for step in steps} - {name for step in steps for name in step.needs}
    todo: set[str] = set()
    # Backwards, as a step is wanted only for one that comes later and has to run.
    for step in reversed(steps):
        done = work.is_done(step.name, step.key) and step.product.exists()
        if step.name in wanted and not done:
            todo.add(step.name)
            wanted.update(step.needs)
    return tuple(step for step in steps if step.name in todo)


def remove_build_trees(recipe: BuildRecipe) -> None:
    """Remove the trees of sources and objects; archives, stamps, logs and the result stay."""
    for path in (
        recipe.directory / "src",
        *(recipe.directory / one.name for one in recipe.architectures),
    ):
        shutil.rmtree(path, ignore_errors=True)


def time_spent(work: WorkDirectory, steps: Sequence[BuildStep]) -> tuple[float, float]:
    """Return wall and processor seconds of `steps`, all attempts together."""
    times = work.times()
    attempts = [one for step in steps for one in times.get(step.name, [])]
    return (
        sum(float(one["wall"]) for one in attempts),
        sum(float(one["cpu"]) for one in attempts),
    )


def _run(
    step: BuildStep, number: int, steps: Sequence[BuildStep], work: WorkDirectory, sink: Sink
) -> None:
    before = work.interrupted(step.name, step.key) if step.build else None
    log = work.log_of(step.name)
    meter = BuildMeter(step.units)
    if before and step.build:
        roll_back(step.build, before)
        meter.done = _units_in_log(log)
    else:
        # Whatever later steps have half done was made from the old outcome of this one.
        for other in _dependants(step, steps):
            work.start_over(other)
    begin = time.monotonic()
    sink(StepStarted(step.title, number, len(steps), log, before is not None))
    work.listener = _ProgressReporter(step.title, number, len(steps), meter, sink)
    try:
        with work.attempt(step.name, step.key, goes_on=before is not None):
            step.action(work)
    except BaseException:
        sink(StepStopped(step.title))
        raise
    finally:
        work.listener = None
    sink(StepFinished(step.title, number, len(steps), time.monotonic() - begin))


def _dependants(step: BuildStep, steps: Sequence[BuildStep]) -> set[str]:
    """Return the names of the steps that depend on `step`, directly or indirectly."""
    found = {step.name}
    for other in steps:
        if found & set(other.needs):
            found.add(other.name)
    return found


def _units_in_log(log: Path) -> int:
    try:
        with log.open("rb") as lines:
            return sum(compile_units(line) for line in lines)
    except OSError:
        return 0


class _ProgressReporter:
    """Turns the output of a step into events, about one a second."""

    def __init__(self, title: str, number: int, total: int, meter: BuildMeter, sink: Sink) -> None:
        self._place = (title, number, total)
        self._meter = meter
        self._sink = sink
        self._begin = self._reported = time.monotonic()
        self._activity = ""

    def line_printed(self, line: bytes) -> None:
        """Count the line."""
        if self._meter.add(line):
            self._activity = compiled_file(line) or self._activity
            self.second_passed()

    def event_received(self, event: Event) -> None:
        """Show downloads as progress of the step, and pass all other events on."""
        if not isinstance(event, ActivityProgress):
            self._sink(event)
        elif event.total:
            left = (event.total - event.done) / event.rate if event.rate else None
            size = f"{event.done >> 20} of {event.total >> 20} MiB"
            self._sink(StepProgress(*self._place, event.done / event.total, left, size))

    def second_passed(self) -> None:
        """Report the progress, at most once a second."""
        now = time.monotonic()
        if now - self._reported < _REPORT_EVERY_S:
            return
        self._reported = now
        left = self._meter.seconds_left(now - self._begin)
        self._sink(StepProgress(*self._place, self._meter.fraction, left, self._activity))

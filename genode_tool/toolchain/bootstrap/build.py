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
from genode_tool.ports.fetch.progress import Progress
from genode_tool.toolchain.bootstrap.events import (
    Installed,
    StepBegan,
    StepDone,
    StepKept,
    StepMoved,
    StepPlanned,
    StepStopped,
)
from genode_tool.toolchain.bootstrap.execution.progress import Meter, activity, weight
from genode_tool.toolchain.bootstrap.execution.rollback import roll_back
from genode_tool.toolchain.bootstrap.execution.work_directory import Shop
from genode_tool.toolchain.bootstrap.install import install
from genode_tool.toolchain.bootstrap.prerequisites import (
    check_places,
    check_programs,
    check_space,
)
from genode_tool.toolchain.bootstrap.steps.actions import size_of
from genode_tool.toolchain.bootstrap.steps.recipe import Recipe, Step

_TELL_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to build: `jobs` at a time; `keep` the trees of sources and objects afterwards."""

    jobs: int = 1
    keep: bool = False
    sudo: bool = False


_LOCK_SECONDS = 24 * 3600.0


def plan(recipe: Recipe, sink: Sink = discard) -> tuple[Step, ...]:
    """Tell the sink every step with its commands, and return those that would run."""
    steps = recipe.steps()
    shop = Shop(recipe.directory)
    todo = to_do(steps, shop)
    for number, step in enumerate(steps, 1):
        kept = step not in todo
        sink(StepPlanned(step.title, number, len(steps), kept, step.action.commands()))
    return todo


def build(recipe: Recipe, options: Options, sink: Sink = discard) -> None:
    """Build and install what `recipe` says.

    Checks the host first: programs and headers, places, disk space. Raises `EnvironmentProblem`
    for what is missing there, `BuildFailed` when a step fails; what is done is kept in
    either case, and a later call goes on.
    """
    check_programs(recipe.wanted, recipe.features)
    check_places(recipe, sudo=options.sudo)
    steps = recipe.steps()
    make_directory(recipe.directory)
    shop = Shop(recipe.directory, options.jobs, {"LC_ALL": "C"})
    where = f"the work directory {recipe.directory}"
    with locked(recipe.directory / "lock", where, Deadline.after(_LOCK_SECONDS), sink):
        todo = to_do(steps, shop)
        check_space(recipe, todo)
        for number, step in enumerate(steps, 1):
            if step in todo:
                _run(step, number, steps, shop, sink)
            else:
                sink(StepKept(step.title, number, len(steps)))
        current = install(recipe.staged, recipe.prefix, sudo=options.sudo)
        if not options.keep:
            tidy(recipe)
    wall, cpu = spent(shop, steps)
    names = tuple(one.name for one in recipe.architectures)
    sink(Installed(recipe.prefix, names, current, size_of(recipe.staged), wall, cpu))


def to_do(steps: Sequence[Step], shop: Shop) -> tuple[Step, ...]:
    """Return the steps to run: those that a wanted one rests on and that are not done.

    What nothing rests on is wanted. A step whose product is gone is not done.
    """
    wanted = {step.name for step in steps} - {name for step in steps for name in step.needs}
    todo: set[str] = set()
    for step in reversed(steps):
        done = shop.is_done(step.name, step.key) and step.product.exists()
        if step.name in wanted and not done:
            todo.add(step.name)
            wanted.update(step.needs)
    return tuple(step for step in steps if step.name in todo)


def tidy(recipe: Recipe) -> None:
    """Remove the trees of sources and objects; archives, stamps, logs and the result stay."""
    for path in (
        recipe.directory / "src",
        *(recipe.directory / one.name for one in recipe.architectures),
    ):
        shutil.rmtree(path, ignore_errors=True)


def spent(shop: Shop, steps: Sequence[Step]) -> tuple[float, float]:
    """Return wall and processor seconds of `steps`, all attempts together."""
    times = shop.times()
    attempts = [one for step in steps for one in times.get(step.name, [])]
    return (
        sum(float(one["wall"]) for one in attempts),
        sum(float(one["cpu"]) for one in attempts),
    )


def _run(step: Step, number: int, steps: Sequence[Step], shop: Shop, sink: Sink) -> None:
    before = shop.interrupted(step.name, step.key) if step.build else None
    log = shop.log_of(step.name)
    meter = Meter(step.units)
    if before and step.build:
        roll_back(step.build, before)
        meter.done = _counted(log)
    else:
        for other in _resting_on(step, steps):
            shop.start_over(other)
    begin = time.monotonic()
    sink(StepBegan(step.title, number, len(steps), log, before is not None))
    shop.listener = _Teller(step.title, number, len(steps), meter, sink)
    try:
        with shop.attempt(step.name, step.key, goes_on=before is not None):
            step.action(shop)
    except BaseException:
        sink(StepStopped(step.title))
        raise
    finally:
        shop.listener = None
    sink(StepDone(step.title, number, len(steps), time.monotonic() - begin))


def _resting_on(step: Step, steps: Sequence[Step]) -> set[str]:
    """Return the names of the steps that rest on `step`, at first hand or further on."""
    found = {step.name}
    for other in steps:
        if found & set(other.needs):
            found.add(other.name)
    return found


def _counted(log: Path) -> int:
    try:
        with log.open("rb") as lines:
            return sum(weight(line) for line in lines)
    except OSError:
        return 0


class _Teller:
    """Turns the output of a step into events, about one a second."""

    def __init__(self, title: str, number: int, total: int, meter: Meter, sink: Sink) -> None:
        self._place = (title, number, total)
        self._meter = meter
        self._sink = sink
        self._begin = self._told = time.monotonic()
        self._activity = ""

    def heard(self, line: bytes) -> None:
        """Count the line."""
        if self._meter.add(line):
            self._activity = activity(line) or self._activity
            self.ticked()

    def passed(self, event: Event) -> None:
        """Show downloads as progress of the step, and hand on what else there is to tell."""
        if not isinstance(event, Progress):
            self._sink(event)
        elif event.total:
            left = (event.total - event.done) / event.rate if event.rate else None
            size = f"{event.done >> 20} of {event.total >> 20} MiB"
            self._sink(StepMoved(*self._place, event.done / event.total, left, size))

    def ticked(self) -> None:
        """Tell how far it is, unless that was told a moment ago."""
        now = time.monotonic()
        if now - self._told < _TELL_EVERY_S:
            return
        self._told = now
        left = self._meter.seconds_left(now - self._begin)
        self._sink(StepMoved(*self._place, self._meter.fraction, left, self._activity))

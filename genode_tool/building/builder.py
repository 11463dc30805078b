"""`make()`, the entry point of every build."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.building.clean import clean
from genode_tool.building.events import (
    BuildFinished,
    BuildStepFailed,
    CacheUse,
    ProblemsFound,
    StepTime,
)
from genode_tool.building.lock import locked
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.plan_cache import COMPANIONS, BuildPlan, PlanCache, call_key
from genode_tool.building.memory.stamps import file_stamp
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.ninja.cache_statistics import CacheStatistics
from genode_tool.building.ninja.incremental import IncrementalBuild
from genode_tool.building.ninja.runner import NinjaOutcome, run_ninja
from genode_tool.building.ninja.timeline import StepClock
from genode_tool.building.problems import Problem
from genode_tool.building.progress_log import write_progress_log
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.events import Note, Sink, discard
from genode_tool.locks import Lock
from genode_tool.record import record, replace
from genode_tool.tree import BuildDirectory
from genode_tool.tree.compiler_launcher import launcher_environment

if TYPE_CHECKING:
    from genode_tool.building.memory.observation import Observation

_CLEANING = ("clean", "cleanall")


@record
class BuildResult:
    """The outcome of a build.

    `artifacts` are the names in `bin/` that the goals stand for, `skipped` the targets left
    out for unmet requirements, `problems` the errors in descriptions, `failures` the
    failed steps, `steps` the number of steps that ran (of a dry run: that would run), `seconds`
    the wall-clock time. `observations` are those behind a build with nothing to do, None unless
    they were asked for and are known.
    """

    ok: bool
    artifacts: tuple[str, ...]
    skipped: tuple[str, ...]
    problems: tuple[Problem, ...]
    failures: tuple[BuildStepFailed, ...]
    steps: int
    seconds: float
    observations: tuple[Observation, ...] | None = None


def make(
    build_dir: BuildDirectory,
    goals: Iterable[str] = (),
    *,
    jobs: int | None = None,
    keep_going: bool = False,
    dry_run: bool = False,
    verbose: bool = False,
    strict: bool = False,
    remember: bool = False,
    sink: Sink = discard,
) -> BuildResult:
    """Build `goals` in `build_dir`: directories below `src`, `lib/NAME`; none mean everything.

    `again` repeats the last call without looking at descriptions, `clean` and `cleanall` remove
    what was built. `jobs` is the number of steps at a time (default: what `MAKE += -jN` in the
    configuration says, or all processors). When descriptions have problems nothing is built,
    unless `keep_going` asks for what can be. When `strict`, what is skipped is a problem, too.
    With `remember`, a result without anything to do comes with the observations behind it.

    Raises `GenodeError` for an unknown goal, a mistake in the configuration, a missing tool, a
    directory that cannot be written. Failed steps and problems are in the result.
    """
    begin, clock = time.monotonic(), time.time_ns()
    wanted = tuple(dict.fromkeys(goals))
    # The leaf makefiles get their library's name in LIB, and the command line would win.
    if library := build_dir.overrides.get("LIB"):
        raise UserError(
            f"LIB={library} would hide every library's own name", hint=f"use the goal lib/{library}"
        )
    options = _Options(
        jobs, keep_going, dry_run, verbose or build_dir.overrides.get("VERBOSE") == ""
    )
    store = MemoryStore.of(build_dir.path)
    store.make_directory()
    with locked(store.directory, sink) as lock:
        cleaning = [goal for goal in wanted if goal in _CLEANING]
        if cleaning:
            if not dry_run:
                clean(build_dir.path, everything="cleanall" in cleaning)
            wanted = tuple(goal for goal in wanted if goal not in _CLEANING)
            if not wanted:
                return _finished(BuildResult(True, (), (), (), (), 0, 0), begin, sink)
        plan, known = _plan(build_dir, wanted, store, sink, keep_going)
        problems = tuple(Problem.from_data(data) for data in plan.problems)
        fatal = any(strict or problem.trouble.fails for problem in problems)
        ran = _Ran(NinjaOutcome(True, 0, (), ""))
        if plan.targets and (not fatal or keep_going):
            if not dry_run:
                write_progress_log(build_dir.path, plan.artifacts)
            ran = _run(build_dir, plan, options, lock, sink)
        idle = ran.outcome.ok and not ran.outcome.steps and not fatal and not dry_run
        observations = None
        if remember and idle and plan.targets and known is not None:
            # Only now, under the lock: no other build may change the outputs before they are seen.
            observations = (*known, *_observe_build(build_dir.path, plan, clock))
    outcome = ran.outcome
    if wanted and not plan.targets and not fatal:
        reasons = "; ".join(problem.diagnostic.text for problem in problems[:3])
        sink(Note(f"nothing to build: {reasons}" if reasons else "nothing to build", "warning"))
    if problems:
        sink(ProblemsFound(problems, strict))
    result = BuildResult(
        outcome.ok and not fatal,
        plan.artifacts,
        plan.skipped,
        problems,
        outcome.failures,
        outcome.steps,
        0.0,
        observations,
    )
    return _finished(result, begin, sink, ran, planned=dry_run)


def artifacts_of(build_dir: BuildDirectory, goals: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the artifacts that `make` would return, without waiting for builds.

    Nothing is built, planned or removed. Raises `GenodeError` as `make`.
    """
    wanted = tuple(goal for goal in dict.fromkeys(goals) if goal not in _CLEANING)
    if not wanted:
        return ()
    plans = PlanCache(MemoryStore.of(build_dir.path))
    observatory = Observatory.of(build_dir)
    for asked in (wanted, (*wanted, "--keep-going")):
        key = call_key(asked, build_dir.overrides, build_dir.environment)
        if cached := plans.find(key, observatory):
            return cached[0].artifacts
    from genode_tool.building.plan.planner import artifacts_of as planned_artifacts

    return planned_artifacts(build_dir, wanted, observatory)


@record
class _Ran:
    """The outcome of ninja; `longest` and `cache` as in `BuildFinished`."""

    outcome: NinjaOutcome
    longest: StepTime | None = None
    cache: CacheUse | None = None


@record
class _Options:
    jobs: int | None
    keep_going: bool
    dry_run: bool
    verbose: bool


def _plan(
    build_dir: BuildDirectory,
    goals: tuple[str, ...],
    store: MemoryStore,
    sink: Sink,
    keep_going: bool,
) -> tuple[BuildPlan, list[Observation] | None]:
    """Return what ninja is to do, from the cache when nothing changed.

    Also return the observations behind it, none for `again`, which does not look at descriptions.
    None: planned again. What was reported on the way would be missing from a replayed answer.
    """
    plans = PlanCache(store)
    if "again" in goals:
        if len(goals) > 1:
            raise UserError("`again` repeats the last call and takes no further goals")
        last = plans.last()
        if last is None:
            raise UserError("no earlier build to repeat", hint="name goals first")
        return last, []
    observatory = Observatory.of(build_dir)
    asked = (*goals, "--keep-going") if keep_going else goals
    key = call_key(asked, build_dir.overrides, build_dir.environment)
    cached = plans.find(key, observatory)
    if cached is not None and _files_there(build_dir.path, cached[0]):
        plans.used(key)
        return cached
    from genode_tool.building.plan.planner import plan_build  # the machinery is slow to import

    plan, observations = plan_build(build_dir, goals, observatory, sink, keep_going=keep_going)
    plans.save(key, plan, observations)
    plans.used(key)
    return plan, None


def _observe_build(path: Path, plan: BuildPlan, clock: int) -> list[Observation]:
    """Return the stamps of the tool and of all files of a build that began at `clock` (ns)."""
    from genode_tool.building.memory.answers import observe_tool
    from genode_tool.building.ninja.step_observations import observe_steps

    return [*observe_tool(clock), *observe_steps(path, plan.targets, clock)]


def _files_there(path: Path, plan: BuildPlan) -> bool:
    """Return whether the ninja file that was written for the plan, and its companions, exist."""
    if not plan.targets:
        return True
    stamp = file_stamp(str(path / "var/genode/build.ninja"))
    return stamp == tuple(plan.manifest) and all((path / one).is_file() for one in COMPANIONS)


def _run(
    build_dir: BuildDirectory, plan: BuildPlan, options: _Options, lock: Lock, sink: Sink
) -> _Ran:
    increment = IncrementalBuild(build_dir.path, sink)
    increment.prepare()
    clock = StepClock(build_dir.path, sink)
    environment = {**dict(plan.environment), **launcher_environment(plan.launcher, os.environ)}
    launcher = () if options.dry_run else plan.launcher
    statistics = CacheStatistics(launcher, environment, build_dir.path / "var/genode")
    if not options.dry_run:
        increment.start()
    outcome = run_ninja(
        build_dir.path,
        plan.targets,
        {**environment, **statistics.environment},
        clock,
        jobs=options.jobs or plan.default_jobs or len(os.sched_getaffinity(0)),
        keep_going=options.keep_going,
        dry_run=options.dry_run,
        verbose=options.verbose,
        started=lock.note,
    )
    longest = None if options.dry_run else clock.finish()
    if not outcome.ok and not outcome.failures:
        if "No space left" in outcome.complaint:
            hint = "free some space; the next call continues"
        else:
            hint = "run `genode make clean` to start afresh"
        raise EnvironmentProblem(f"ninja: {outcome.complaint or 'stopped early'}", hint=hint)
    if not options.dry_run:
        idle = outcome.ok and not outcome.steps
        increment.finish(idle=idle, complete=not outcome.failures)
    for failure in outcome.failures:
        sink(failure)
    return _Ran(outcome, longest, statistics.result() if outcome.steps else None)


def _finished(
    result: BuildResult, begin: float, sink: Sink, ran: _Ran | None = None, *, planned: bool = False
) -> BuildResult:
    result = replace(result, seconds=time.monotonic() - begin)
    finished = BuildFinished(result.ok, result.steps, result.seconds, planned)
    sink(replace(finished, longest=ran.longest, cache=ran.cache) if ran else finished)
    return result

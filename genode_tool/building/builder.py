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
from genode_tool.building.memory.plan_cache import BuildPlan, PlanCache, call_key
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
    options = _Options(jobs, keep_going, verbose or build_dir.overrides.get("VERBOSE") == "")
    cleaning = [goal for goal in wanted if goal in _CLEANING]
    wanted = tuple(goal for goal in wanted if goal not in _CLEANING)
    if dry_run:
        if cleaning and not wanted:
            return _finished(BuildResult(True, (), (), (), (), 0, 0), begin, sink)
        return _foresee(build_dir, wanted, options, sink, begin, strict=strict)
    store = MemoryStore.of(build_dir.path)
    store.make_directory()
    with locked(store.directory, sink) as lock:
        if cleaning:
            clean(build_dir.path, everything="cleanall" in cleaning)
            if not wanted:
                return _finished(BuildResult(True, (), (), (), (), 0, 0), begin, sink)
        plan, known = _plan(build_dir, wanted, store, sink, keep_going)
        fatal = _is_refused(plan, strict=strict)
        ran = _Ran(NinjaOutcome(True, 0, (), ""))
        if plan.targets and (not fatal or keep_going):
            write_progress_log(build_dir.path, plan.artifacts)
            ran = _run(build_dir, plan, options, lock, sink)
        observations = None
        idle = ran.outcome.ok and not ran.outcome.steps and not fatal
        if remember and idle and plan.targets and known is not None:
            # Only now, under the lock: no other build may change the outputs before they are seen.
            observations = (*known, *_observe_build(build_dir.path, plan, clock))
    result = _result(plan, ran.outcome, wanted, sink, strict=strict)
    return _finished(replace(result, observations=observations), begin, sink, ran)


def _foresee(
    build_dir: BuildDirectory,
    goals: tuple[str, ...],
    options: _Options,
    sink: Sink,
    begin: float,
    *,
    strict: bool,
) -> BuildResult:
    """Report what a build of `goals` would do."""
    from genode_tool.building.dry_run import foresee_steps, foreseen_plan

    plan, manifest = foreseen_plan(build_dir, goals, sink, keep_going=options.keep_going)
    outcome = NinjaOutcome(True, 0, (), "")
    if plan.targets and (options.keep_going or not _is_refused(plan, strict=strict)):
        jobs = _jobs(options, plan)
        outcome = foresee_steps(
            build_dir.path, plan, manifest, sink, jobs=jobs, keep_going=options.keep_going
        )
        _complain(outcome)
    result = _result(plan, outcome, goals, sink, strict=strict)
    return _finished(result, begin, sink, _Ran(outcome), planned=True)


def _result(
    plan: BuildPlan, outcome: NinjaOutcome, goals: tuple[str, ...], sink: Sink, *, strict: bool
) -> BuildResult:
    """Return the result of a build, and report what is wrong with descriptions."""
    problems = tuple(Problem.from_data(data) for data in plan.problems)
    fatal = _is_refused(plan, strict=strict)
    if goals and not plan.targets and not fatal:
        reasons = "; ".join(problem.diagnostic.text for problem in problems[:3])
        sink(Note(f"nothing to build: {reasons}" if reasons else "nothing to build", "warning"))
    if problems:
        sink(ProblemsFound(problems, strict))
    ok = outcome.ok and not fatal
    skipped, failures = plan.skipped, outcome.failures
    return BuildResult(ok, plan.artifacts, skipped, problems, failures, outcome.steps, 0.0)


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
    verbose: bool


def _jobs(options: _Options, plan: BuildPlan) -> int:
    return options.jobs or plan.default_jobs or len(os.sched_getaffinity(0))


def _is_refused(plan: BuildPlan, *, strict: bool) -> bool:
    """Return whether problems with descriptions keep a plan from being carried out."""
    return any(strict or Problem.from_data(data).trouble.fails for data in plan.problems)


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
        return plans.repeated(goals), []
    observatory = Observatory.of(build_dir)
    asked = (*goals, "--keep-going") if keep_going else goals
    key = call_key(asked, build_dir.overrides, build_dir.environment)
    cached = plans.find(key, observatory)
    if cached is not None and cached[0].is_written(build_dir.path):
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


def _run(
    build_dir: BuildDirectory, plan: BuildPlan, options: _Options, lock: Lock, sink: Sink
) -> _Ran:
    increment = IncrementalBuild(build_dir.path, sink)
    increment.prepare()
    clock = StepClock(build_dir.path, sink)
    environment = {**dict(plan.environment), **launcher_environment(plan.launcher, os.environ)}
    statistics = CacheStatistics(plan.launcher, environment, build_dir.path / "var/genode")
    increment.start()
    outcome = run_ninja(
        build_dir.path,
        plan.targets,
        {**environment, **statistics.environment},
        clock,
        jobs=_jobs(options, plan),
        keep_going=options.keep_going,
        verbose=options.verbose,
        started=lock.note,
    )
    longest = clock.finish()
    _complain(outcome)
    idle = outcome.ok and not outcome.steps
    increment.finish(idle=idle, complete=not outcome.failures)
    for failure in outcome.failures:
        sink(failure)
    return _Ran(outcome, longest, statistics.result() if outcome.steps else None)


def _complain(outcome: NinjaOutcome) -> None:
    """Raise `EnvironmentProblem` when ninja itself failed, and not one of its steps."""
    if outcome.ok or outcome.failures:
        return
    hint = "run `genode make clean` to start afresh"
    if "No space left" in outcome.complaint:
        hint = "free some space; the next call continues"
    raise EnvironmentProblem(f"ninja: {outcome.complaint or 'stopped early'}", hint=hint)


def _finished(
    result: BuildResult, begin: float, sink: Sink, ran: _Ran | None = None, *, planned: bool = False
) -> BuildResult:
    result = replace(result, seconds=time.monotonic() - begin)
    finished = BuildFinished(result.ok, result.steps, result.seconds, planned)
    sink(replace(finished, longest=ran.longest, cache=ran.cache) if ran else finished)
    return result

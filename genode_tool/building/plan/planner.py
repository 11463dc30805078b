"""Planning: both stages, from goals to a ninja file, reusing everything that is up to date."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from genode_tool.building.events import GraphReady, GraphStarted
from genode_tool.building.graph.description_cache import DescriptionCache
from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.graph.model import BuildGraph, LeafId, LeafKind
from genode_tool.building.graph.stage1 import Stage1
from genode_tool.building.lock import free
from genode_tool.building.memory.context import EvaluationContext, open_evaluation
from genode_tool.building.memory.evaluation_cache import STATE_RECORD
from genode_tool.building.memory.observation import Observation
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.plan_cache import BuildPlan
from genode_tool.building.memory.stamps import file_stamp
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.plan.build_files import write_build_files
from genode_tool.building.plan.compiler_check import check_tools
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.manifest import (
    ambiguous,
    manifest_path,
    ninja_file,
)
from genode_tool.building.plan.stage2 import Stage2
from genode_tool.building.problems import Problem
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Note, Sink, Warned, discard
from genode_tool.makefile import ParseCache
from genode_tool.tree import BuildDirectory


def plan_build(
    build_dir: BuildDirectory,
    goals: tuple[str, ...],
    observatory: Observatory,
    sink: Sink,
    *,
    keep_going: bool,
    parse_cache: ParseCache | None = None,
) -> tuple[BuildPlan, list[Observation]]:
    """Evaluate what `goals` reach and write the ninja file and its companions.

    Return the plan and the observations behind it. Without `keep_going`, problems in stage 1 are
    the end: nothing would be built anyway. Several build directories may share a `parse_cache`.

    Raises `GenodeError` for a mistake in the configuration or an unknown goal; what is wrong
    with descriptions is returned as problems.
    """
    begin = time.monotonic()
    sink(GraphStarted())
    found = _evaluate(build_dir, goals, observatory, sink, keep_going, parse_cache)
    ctx, graph = found.ctx, found.graph
    if found.stage2 is not None:
        # Not complete: a leaf that has a problem now still owns what it made before.
        write_build_files(
            ctx.settings.build_dir,
            graph,
            found.plans,
            found.stage2.others(),
            found.stage2.stale,
            complete=not any(problem.trouble.fails for problem in found.problems),
        )
    ctx.cache.save()
    return _plan(found, observatory, sink, begin), ctx.cache.observations(found.seen)


def foresee_build(
    build_dir: BuildDirectory,
    goals: tuple[str, ...],
    observatory: Observatory,
    sink: Sink,
    *,
    keep_going: bool,
) -> tuple[BuildPlan, str]:
    """Return the plan that `plan_build` would make, and the text of its ninja file.

    Nothing is written. Raises `GenodeError` as `plan_build`.
    """
    begin = time.monotonic()
    sink(GraphStarted())
    found = _evaluate(build_dir, goals, observatory, sink, keep_going)
    others = found.stage2.others() if found.stage2 is not None else ()
    text = ninja_file(found.plans, others).text
    return _plan(found, observatory, sink, begin), text


def _plan(found: _Found, observatory: Observatory, sink: Sink, begin: float) -> BuildPlan:
    """Return the plan of an evaluation that began at `begin`; report what there is to report."""
    ctx, graph = found.ctx, found.graph
    for error in observatory.shell_errors:
        sink(Warned(error))
    libraries = len(graph.leaves) - graph.count(LeafKind.PROGRAM)
    sink(
        GraphReady(
            graph.count(LeafKind.PROGRAM),
            libraries,
            ctx.cache.evaluated,
            ctx.cache.reused,
            time.monotonic() - begin,
        )
    )
    return BuildPlan(
        tuple(leaf.group for leaf in graph.roots if leaf in found.plans),
        _artifacts(graph, found.plans),
        graph.skipped,
        graph.count(LeafKind.PROGRAM),
        libraries,
        ctx.settings.default_jobs,
        tuple(sorted(ctx.settings.exported.items())),
        ctx.settings.launcher,
        file_stamp(str(manifest_path(ctx.settings.build_dir))) or (),
        tuple(problem.to_data() for problem in found.problems),
    )


def artifacts_of(
    build_dir: BuildDirectory, goals: tuple[str, ...], observatory: Observatory
) -> tuple[str, ...]:
    """Return the names in `bin/` of what `goals` reach, as far as it can be built.

    Nothing but the cache of evaluations is written, and this one only if no build is at work in
    the directory meanwhile: it knows what is to be removed. Raises `GenodeError` as `plan_build`.
    """
    directory = MemoryStore.of(build_dir.path).directory
    state = str(directory / STATE_RECORD)
    before = file_stamp(state)
    found = _evaluate(build_dir, goals, observatory, discard, keep_going=True)
    if found.stage2 is not None and not found.stage2.stale:
        with (
            contextlib.suppress(EnvironmentProblem),  # in use, or not writable
            free(directory),
        ):
            if file_stamp(state) == before:
                found.ctx.cache.save()
    return _artifacts(found.graph, found.plans)


@dataclass(frozen=True, slots=True)
class _Found:
    """The outcome of both stages; `stage2` is None when problems kept it from being run."""

    ctx: EvaluationContext
    graph: BuildGraph
    stage2: Stage2 | None
    plans: dict[LeafId, LeafPlan]
    problems: tuple[Problem, ...]
    seen: frozenset[int]


def _evaluate(
    build_dir: BuildDirectory,
    goals: tuple[str, ...],
    observatory: Observatory,
    sink: Sink,
    keep_going: bool,
    parse_cache: ParseCache | None = None,
) -> _Found:
    ctx = open_evaluation(build_dir, observatory, parse_cache)
    settings = ctx.settings
    check_tools(settings, ctx.scope)
    if settings.unfit_board:
        sink(Note(f"{settings.unfit_board.message}; {settings.unfit_board.hint}", "warning"))
    descriptions = DescriptionCache(ctx)
    graph = Stage1(ctx, descriptions).run(resolve_goals(ctx, goals))
    problems = graph.problems
    stage2 = Stage2(ctx, graph)
    seen = ctx.scope.seen | descriptions.seen
    if not keep_going and any(problem.trouble.fails for problem in problems):
        return _Found(ctx, graph, None, {}, problems, frozenset(seen | stage2.seen))
    plans = stage2.run()
    for warning in stage2.warnings:
        sink(Warned(warning))
    clashes, involved = ambiguous(plans)
    plans = _without(plans, graph, involved | stage2.invalid)
    problems = (*problems, *stage2.problems, *clashes)
    return _Found(ctx, graph, stage2, plans, problems, frozenset(seen | stage2.seen))


def _without(
    plans: dict[LeafId, LeafPlan], graph: BuildGraph, invalid: set[LeafId]
) -> dict[LeafId, LeafPlan]:
    """Return the plans that need none of the `invalid` leaves."""
    if not invalid:
        return plans
    return {
        leaf: plan
        for leaf, plan in plans.items()
        if leaf not in invalid and invalid.isdisjoint(graph.closure(leaf))
    }


def _artifacts(graph: BuildGraph, plans: Mapping[LeafId, LeafPlan]) -> tuple[str, ...]:
    names = (name for leaf in graph.leaves if leaf in plans for name in plans[leaf].artifacts)
    return tuple(dict.fromkeys(names))

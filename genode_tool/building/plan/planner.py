"""Planning: both stages, from goals to a ninja file, reusing everything that is up to date."""

from __future__ import annotations

import time
from collections.abc import Mapping

from genode_tool.building.events import GraphReady, GraphStarted
from genode_tool.building.graph.description_cache import DescriptionCache
from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.graph.model import BuildGraph, LeafId, LeafKind
from genode_tool.building.graph.stage1 import Stage1
from genode_tool.building.memory.context import open_evaluation
from genode_tool.building.memory.observation import Observation
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.plan_cache import BuildPlan
from genode_tool.building.memory.stamps import file_stamp
from genode_tool.building.plan.build_files import write_build_files
from genode_tool.building.plan.compiler_check import check_tools
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.manifest import (
    ambiguous,
    manifest_path,
)
from genode_tool.building.plan.stage2 import Stage2
from genode_tool.events import Note, Sink, Warned
from genode_tool.tree import BuildDirectory


def plan_build(
    build_dir: BuildDirectory,
    goals: tuple[str, ...],
    observatory: Observatory,
    sink: Sink,
    *,
    keep_going: bool,
) -> tuple[BuildPlan, list[Observation]]:
    """Evaluate what `goals` reach and write the ninja file and its companions.

    Return the plan and the observations behind it. Without `keep_going`, problems in stage 1 are
    the end: nothing would be built anyway.

    Raises `GenodeError` for a mistake in the configuration or an unknown goal; what is wrong
    with descriptions is returned as problems.
    """
    begin = time.monotonic()
    sink(GraphStarted())
    ctx = open_evaluation(build_dir, observatory)
    settings = ctx.settings
    check_tools(settings, ctx.scope)
    if settings.unfit_board:
        sink(Note(f"{settings.unfit_board.message}; {settings.unfit_board.hint}", "warning"))
    descriptions = DescriptionCache(ctx)
    graph = Stage1(ctx, descriptions).run(resolve_goals(ctx, goals))
    stage2 = Stage2(ctx, graph)
    plans: dict[LeafId, LeafPlan] = {}
    problems = graph.problems
    if keep_going or not any(problem.trouble.fails for problem in problems):
        plans = stage2.run()
        for warning in stage2.warnings:
            sink(Warned(warning))
        clashes, involved = ambiguous(plans)
        plans = _without(plans, graph, involved | stage2.invalid)
        problems = (*problems, *stage2.problems, *clashes)
        fatal = any(problem.trouble.fails for problem in problems)
        # Not complete: a leaf that has a problem now still owns what it made before.
        write_build_files(
            settings.build_dir, graph, plans, stage2.others(), stage2.stale, complete=not fatal
        )
    ctx.cache.save()
    for error in observatory.shell_errors:
        sink(Warned(error))
    sink(
        GraphReady(
            graph.count(LeafKind.PROGRAM),
            len(graph.leaves) - graph.count(LeafKind.PROGRAM),
            ctx.cache.evaluated,
            ctx.cache.reused,
            time.monotonic() - begin,
        )
    )
    plan = BuildPlan(
        tuple(leaf.group for leaf in graph.roots if leaf in plans),
        _artifacts(graph, plans),
        graph.skipped,
        graph.count(LeafKind.PROGRAM),
        len(graph.leaves) - graph.count(LeafKind.PROGRAM),
        settings.default_jobs,
        tuple(sorted(settings.exported.items())),
        settings.launcher,
        file_stamp(str(manifest_path(settings.build_dir))) or (),
        tuple(problem.to_data() for problem in problems),
    )
    seen = ctx.scope.seen | descriptions.seen | stage2.seen
    return plan, ctx.cache.observations(seen)


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

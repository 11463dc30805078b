"""Asking instead of building: the graph of some goals, and one leaf with all that led to it.

Nothing is written, and nothing is locked: questions may be asked while a build runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from genode_tool.building.graph.description_cache import DescriptionCache
from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.graph.model import BuildGraph, Leaf, LeafKind
from genode_tool.building.graph.stage1 import Stage1
from genode_tool.building.memory.answers import Facts
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.memory.evaluation_cache import EvaluationCache, state_directory
from genode_tool.building.memory.observatory import EvaluationScope, Observatory
from genode_tool.building.memory.plan_cache import Grounds
from genode_tool.building.problems import Problem
from genode_tool.errors import UserError
from genode_tool.makefile import ParseCache
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class GoalGraph:
    """Stage 1 for some goals; `seen` are the observations that it rests on."""

    build_dir: BuildDirectory
    ctx: EvaluationContext
    store: EvaluationCache
    graph: BuildGraph
    seen: frozenset[int]

    def facts(self, began: int) -> Facts:
        """Return what the graph rests on; `began` is when the call did (ns, `time.time_ns`)."""
        facts = Facts(began)
        facts.add_grounds(Grounds.of(self.store.remembered(self.seen)))
        facts.add_tool()
        return facts


def goal_graph(build_dir: BuildDirectory, goals: Iterable[str]) -> GoalGraph:
    """Return the graph of `goals` (none mean everything).

    Raises `GenodeError` for an unknown goal or a mistake in the configuration; problems of
    descriptions are in the graph.
    """
    observatory = Observatory(build_dir.environment, str(build_dir.path))
    scope = EvaluationScope(observatory)
    opened = BuildDirectory.open(build_dir.path, build_dir.overrides, scope)
    ctx = EvaluationContext(opened.settings, dict(build_dir.overrides), observatory, ParseCache())
    state = state_directory(ctx.settings.build_dir) / "state"
    store = EvaluationCache(state, ctx.identity, observatory)
    found = resolve_goals(ctx, scope, tuple(goals))
    descriptions = DescriptionCache(ctx, store)
    graph = Stage1(ctx, descriptions).run(found)
    seen = frozenset(scope.seen | descriptions.seen)
    return GoalGraph(opened, ctx, store, graph, seen)


def leaves_of(query: GoalGraph, goal: str) -> tuple[Leaf, ...]:
    """Return the leaves that `goal` means, the one that is meant most likely first.

    Raises `UserError` when the goal is not one program or library, or cannot be built.
    """
    leaves = query.graph.leaves
    roots = [leaves[one] for one in query.graph.roots]
    if goal.startswith("lib/"):
        name = goal.removeprefix("lib/")
        order = (LeafKind.SHARED, LeafKind.ARCHIVE, LeafKind.LIBRARY, LeafKind.ABI)
        found = [
            leaf
            for kind in order
            for leaf in roots
            if leaf.id.kind is kind and (leaf.id.name == name or leaf.id.name.startswith("ld-"))
        ]
        found.sort(key=lambda leaf: leaf.id.name != name)
    else:
        name = goal.strip("/")
        programs = [leaf for leaf in roots if leaf.id.kind is LeafKind.PROGRAM]
        found = [leaf for leaf in programs if leaf.id.name == name] or programs
        if len(found) > 1:
            raise UserError(
                f"`{goal}` means {len(found)} programs",
                hint=f"name one of them: {', '.join(leaf.id.name for leaf in found[:8])}",
            )
    if not found:
        raise _unusable(goal, query.graph.problems)
    return tuple(found)


def _unusable(goal: str, problems: Iterable[Problem]) -> UserError:
    first = next(iter(problems), None)
    if first is None:
        return UserError(f"`{goal}` means no program or library")
    needed = first.chain[1:]
    trail = (f"needed by {' <- '.join(needed)}",) if needed else ()
    return UserError(
        f"`{goal}` is not built: {first.message}",
        location=first.location,
        trail=(*trail, *first.trail),
        hint=first.hint,
    )

"""The graph of some goals, for questions that build nothing.

Nothing is written, and nothing is locked: questions may be asked while a build runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from genode_tool.building.graph.description_cache import DescriptionCache
from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.graph.model import BuildGraph, Leaf, LeafKind
from genode_tool.building.graph.stage1 import Stage1
from genode_tool.building.memory.context import EvaluationContext, open_evaluation
from genode_tool.building.memory.observation import Observation
from genode_tool.building.problems import Problem
from genode_tool.errors import UserError
from genode_tool.record import record
from genode_tool.tree import BuildDirectory


@record
class GoalGraph:
    """The graph of some goals, for questions that build nothing.

    Nothing is written, and nothing is locked: questions may be asked while a build runs.
    """

    ctx: EvaluationContext
    graph: BuildGraph
    seen: frozenset[int]

    @property
    def observations(self) -> list[Observation]:
        """What was looked at to find the graph."""
        return self.ctx.cache.observations(self.seen)


def goal_graph(build_dir: BuildDirectory, goals: Iterable[str]) -> GoalGraph:
    """The graph of some goals, for questions that build nothing.

    Nothing is written, and nothing is locked: questions may be asked while a build runs.
    """
    ctx = open_evaluation(build_dir)
    descriptions = DescriptionCache(ctx)
    graph = Stage1(ctx, descriptions).run(resolve_goals(ctx, tuple(goals)))
    return GoalGraph(ctx, graph, frozenset(ctx.scope.seen | descriptions.seen))


def leaves_of(query: GoalGraph, goal: str) -> tuple[Leaf, ...]:
    """Return the leaves that a goal names.

    Raises `UserError` when it names none, or one that cannot be built.
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
        f"`{goal}` is not built: {first.diagnostic.text}",
        location=first.diagnostic.location,
        trail=(*trail, *first.diagnostic.trail),
        hint=first.diagnostic.hint,
    )

"""Asking instead of building: the graph of some goals, and one leaf with all that led to it.

Nothing is written, and nothing is locked: questions may be asked while a build runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from genode_tool.building.graph.description_cache import KnownDescriptions
from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.graph.model import Graph, Leaf, LeafId, LeafKind
from genode_tool.building.graph.stage1 import Stage1
from genode_tool.building.memory.answers import Facts
from genode_tool.building.memory.call_cache import Grounds
from genode_tool.building.memory.context import Context
from genode_tool.building.memory.observatory import Observatory, Scope
from genode_tool.building.memory.store import Store, state_directory
from genode_tool.building.plan.leaf import work_out
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.planner import Stage2
from genode_tool.building.problems import Problem
from genode_tool.errors import UserError
from genode_tool.makefile import Evaluation, ParseCache, Plan
from genode_tool.makefile.explain.variable import (
    VariableAccount,
    WatchedEvaluation,
    explain_variable,
)
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class Query:
    """Stage 1 for some goals; `seen` are the observations that it rests on."""

    build_dir: BuildDirectory
    ctx: Context
    store: Store
    graph: Graph
    seen: frozenset[int]

    def facts(self, began: int) -> Facts:
        """Return what the graph rests on; `began` is when the call did (ns, `time.time_ns`)."""
        facts = Facts(began)
        facts.add_grounds(Grounds.of(self.store.remembered(self.seen)))
        facts.add_tool()
        return facts


@dataclass(frozen=True, slots=True)
class LeafView:
    """A leaf at the end of its evaluation.

    `plans` are those of all leaves that it rests on, and its own; `settings` is the evaluation
    of the build directory's configuration, which hands variables on in the environment.
    """

    query: Query
    leaf: Leaf
    ev: WatchedEvaluation
    plan: Plan
    plans: Mapping[LeafId, LeafPlan]
    settings: Evaluation

    @property
    def build_dir(self) -> str:
        """The absolute path of the build directory."""
        return self.query.ctx.settings.build_dir


def query_goals(build_dir: BuildDirectory, goals: Iterable[str]) -> Query:
    """Return the graph of `goals` (none mean everything).

    Raises `GenodeError` for an unknown goal or a mistake in the configuration; problems of
    descriptions are in the graph.
    """
    observatory = Observatory(build_dir.environment, str(build_dir.path))
    scope = Scope(observatory)
    opened = BuildDirectory.open(build_dir.path, build_dir.overrides, scope)
    ctx = Context(opened.settings, dict(build_dir.overrides), observatory, ParseCache())
    state = state_directory(ctx.settings.build_dir) / "state"
    store = Store(state, ctx.identity, observatory)
    found = resolve_goals(ctx, scope, tuple(goals))
    descriptions = KnownDescriptions(ctx, store)
    graph = Stage1(ctx, descriptions).run(found)
    seen = frozenset(scope.seen | descriptions.seen)
    return Query(opened, ctx, store, graph, seen)


def leaves_of(query: Query, goal: str) -> tuple[Leaf, ...]:
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


def view_leaf(query: Query, leaf: Leaf) -> LeafView:
    """Evaluate `leaf` once more, with eyes open.

    Raises `GenodeError` when its makefile or its description cannot be evaluated.
    """
    only = _restricted(query.graph, leaf.id)
    stage2 = Stage2(query.ctx, only, query.store)
    plans = stage2.run()
    worked = work_out(
        query.ctx, query.graph, leaf, stage2.board, query.ctx.scope(), WatchedEvaluation
    )
    assert isinstance(worked.ev, WatchedEvaluation)
    settings = query.ctx.settings.evaluation
    return LeafView(query, leaf, worked.ev, worked.plan, plans, settings)


def _restricted(graph: Graph, leaf: LeafId) -> Graph:
    """Return the part of the graph that `leaf` rests on."""
    wanted = {leaf} | graph.closure(leaf)
    leaves = {one: graph.leaves[one] for one in graph.leaves if one in wanted}
    return Graph(leaves, (leaf,), (), (), graph.abis)


def leaf_variable(view: LeafView, name: str) -> VariableAccount | None:
    """Return the account of a variable of a leaf, with where its environment has it from."""
    account = explain_variable(view.ev, name)
    if account is None or name not in view.query.ctx.settings.exported:
        return account
    if any(one.operator for one in account.assignments):
        return account
    source = explain_variable(view.settings, name)
    return replace(account, handed_on=source) if source is not None else account


def variables_behind(view: LeafView, name: str) -> list[VariableAccount]:
    """Return the accounts of all variables that `name` refers to, directly or not, each once."""
    seen = {name}
    pending = [name]
    found = []
    while pending:
        account = leaf_variable(view, pending.pop(0))
        if account is None:
            continue
        if account.name != name:
            found.append(account)
        for one in account.references:
            if one.defined and one.name not in seen:
                seen.add(one.name)
                pending.append(one.name)
    return found

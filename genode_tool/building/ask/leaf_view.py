"""One leaf at the end of its evaluation, with all that led to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from genode_tool.building.ask.goal_graph import GoalGraph
from genode_tool.building.graph.model import BuildGraph, Leaf, LeafId
from genode_tool.building.plan.leaf import resolve_leaf
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.stage2 import Stage2
from genode_tool.makefile import Evaluation, Plan
from genode_tool.makefile.explain.variable import (
    VariableAccount,
    WatchedEvaluation,
    explain_variable,
)


@dataclass(frozen=True, slots=True)
class LeafView:
    """A leaf at the end of its evaluation.

    `plans` are its own and those of all leaves that it depends on; `settings` is the evaluation
    of the build directory's configuration, which hands variables on in the environment.
    """

    query: GoalGraph
    leaf: Leaf
    ev: WatchedEvaluation
    plan: Plan
    plans: Mapping[LeafId, LeafPlan]
    settings: Evaluation

    @property
    def build_dir(self) -> str:
        """The absolute path of the build directory."""
        return self.query.ctx.settings.build_dir


def view_leaf(query: GoalGraph, leaf: Leaf) -> LeafView:
    """Evaluate `leaf` once more, recording what explanations need.

    Raises `GenodeError` when its makefile or its description cannot be evaluated.
    """
    only = _restricted(query.graph, leaf.id)
    stage2 = Stage2(query.ctx, only)
    plans = stage2.run()
    worked = resolve_leaf(
        query.ctx, query.graph, leaf, stage2.board, query.ctx.new_scope(), WatchedEvaluation
    )
    assert isinstance(worked.ev, WatchedEvaluation)
    settings = query.ctx.settings.evaluation
    return LeafView(query, leaf, worked.ev, worked.plan, plans, settings)


def _restricted(graph: BuildGraph, leaf: LeafId) -> BuildGraph:
    """Return the part of the graph that `leaf` depends on, with the leaf itself."""
    wanted = {leaf} | graph.closure(leaf)
    leaves = {one: graph.leaves[one] for one in graph.leaves if one in wanted}
    return BuildGraph(leaves, (leaf,), (), (), graph.abis)


def leaf_variable(view: LeafView, name: str) -> VariableAccount | None:
    """Return the account of a variable of a leaf, with its origin in the configuration."""
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

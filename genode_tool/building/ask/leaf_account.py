"""Accounts of a variable or target of a leaf, or of the leaf itself; for `genode explain`."""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.building.ask.explain import StepAccount, explain_step
from genode_tool.building.ask.goal_graph import GoalGraph, leaves_of
from genode_tool.building.ask.leaf_view import LeafView, leaf_variable, variables_behind, view_leaf
from genode_tool.building.graph.model import Leaf
from genode_tool.errors import Diagnostic, UserError
from genode_tool.makefile.explain.accounts import TargetAccount
from genode_tool.makefile.explain.lint import lint
from genode_tool.makefile.explain.target import (
    explain_target,
    find_target,
    target_names,
)
from genode_tool.makefile.explain.variable import VariableAccount
from genode_tool.makefile.variables.variable import Origin
from genode_tool.nearest import did_you_mean


@dataclass(frozen=True, slots=True)
class LeafAccount:
    """An account of a name in a leaf; without a name, of the leaf itself."""

    leaf: Leaf
    variable: VariableAccount | None = None
    behind: tuple[VariableAccount, ...] = ()
    target: TargetAccount | None = None
    step: StepAccount | None = None
    targets: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def account_of(query: GoalGraph, goal: str, name: str, *, deep: bool) -> LeafAccount:
    """Return what the first leaf of `goal` that knows `name` says about it.

    With `deep`, also about the variables that a variable is made of. Raises `UserError` for an
    unknown goal, and with the nearest names for an unknown name.
    """
    known: set[str] = set()
    for leaf in leaves_of(query, goal):
        view = view_leaf(query, leaf)
        if not name:
            return _overview(view)
        found = _about(view, name, deep=deep)
        if found is not None:
            return found
        variables = view.ev.globals.values()
        known.update(one.name for one in variables if one.origin is not Origin.DEFAULT)
        known.update(target_names(view.ev, view.plan))
    raise UserError(
        f"no such variable or target of `{goal}`: `{name}`",
        hint=did_you_mean(name, known) or f"`genode explain {goal}` lists its targets",
    )


def _about(view: LeafView, name: str, *, deep: bool) -> LeafAccount | None:
    variable = leaf_variable(view, name)
    behind = tuple(variables_behind(view, name)) if variable is not None and deep else ()
    proper = find_target(view.ev, view.plan, name, view.build_dir)
    target = None
    if proper is not None or variable is None:
        target = explain_target(view.ev, view.plan, proper or name)
    if variable is None and target is None:
        return None
    step = explain_step(view, target.name) if target is not None else None
    return LeafAccount(view.leaf, variable, behind, target, step)


def _overview(view: LeafView) -> LeafAccount:
    own = view.plans.get(view.leaf.id)
    targets = own.outputs if own is not None else ()
    return LeafAccount(view.leaf, targets=targets, warnings=lint(view.ev, view.plan))

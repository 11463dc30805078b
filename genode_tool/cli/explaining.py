"""What `genode explain` answers: accounts of a variable, a target, or a leaf as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from genode_tool.building.ask.explain import StepAccount, explain_step
from genode_tool.building.ask.goal_graph import GoalGraph
from genode_tool.building.ask.leaf_view import LeafView, leaf_variable, variables_behind, view_leaf
from genode_tool.building.graph.model import Leaf
from genode_tool.building.problems import did_you_mean
from genode_tool.errors import Location, UserError
from genode_tool.makefile.explain.accounts import TargetAccount
from genode_tool.makefile.explain.lint import lint
from genode_tool.makefile.explain.target import (
    explain_target,
    find_target,
    target_names,
)
from genode_tool.makefile.explain.variable import VariableAccount
from genode_tool.makefile.problems import Message
from genode_tool.makefile.variables.variable import Origin
from genode_tool.report.explain import (
    as_data,
    place,
    target_lines,
    variable_lines,
    warning_lines,
)
from genode_tool.report.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a name in a leaf; without a name, about the leaf itself."""

    leaf: Leaf
    variable: VariableAccount | None = None
    behind: tuple[VariableAccount, ...] = ()
    target: TargetAccount | None = None
    step: StepAccount | None = None
    targets: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()


def answer(query: GoalGraph, leaves: Sequence[Leaf], goal: str, name: str, *, deep: bool) -> Answer:
    """Return the answer of the first of `leaves` that knows `name`.

    Raises `UserError` with the nearest names when none does.
    """
    known: set[str] = set()
    for leaf in leaves:
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
        f"`{goal}` has neither a variable nor a target `{name}`",
        hint=did_you_mean(name, known) or f"`genode explain {goal}` lists its targets",
    )


def _about(view: LeafView, name: str, *, deep: bool) -> Answer | None:
    variable = leaf_variable(view, name)
    behind = tuple(variables_behind(view, name)) if variable is not None and deep else ()
    proper = find_target(view.ev, view.plan, name, view.build_dir)
    target = None
    if proper is not None or variable is None:
        target = explain_target(view.ev, view.plan, proper or name)
    if variable is None and target is None:
        return None
    step = explain_step(view, target.name) if target is not None else None
    return Answer(view.leaf, variable, behind, target, step)


def _overview(view: LeafView) -> Answer:
    own = view.plans.get(view.leaf.id)
    targets = own.outputs if own is not None else ()
    return Answer(view.leaf, targets=targets, warnings=lint(view.ev, view.plan))


def lines(found: Answer, screen: Terminal) -> Iterator[str]:
    """Yield the lines that show an answer."""
    if found.variable is not None:
        yield from variable_lines(found.variable, screen)
        for one in found.behind:
            yield ""
            yield from variable_lines(one, screen)
    if found.target is not None:
        yield from target_lines(found.target, found.step, screen)
    if found.variable is None and found.target is None:
        leaf = found.leaf
        yield screen.paint(leaf.label, "bold")
        yield f"  description  {_path(leaf.description)}"
        yield f"  makefile     {_path(leaf.makefile)}"
        yield f"  directory    {_path(leaf.directory)}"
        yield "  variables of the call"
        yield from (f"    {name} = {value}" for name, value in leaf.variables)
        yield "  makes"
        yield from (f"    {name}" for name in found.targets)
        yield from warning_lines(found.warnings, screen)


def _path(path: str) -> str:
    return place(Location(path))


def as_json_data(found: Answer) -> dict[str, Any]:
    """Return an answer as plain data."""
    leaf = found.leaf
    return {
        "leaf": {
            "label": leaf.label,
            "kind": leaf.id.kind.value,
            "name": leaf.id.name,
            "description": leaf.description,
            "makefile": leaf.makefile,
            "directory": leaf.directory,
            "variables": dict(leaf.variables),
        },
        "variable": as_data(found.variable),
        "behind": as_data(found.behind),
        "target": as_data(found.target),
        "step": as_data(found.step),
        "targets": list(found.targets),
        "warnings": as_data(found.warnings),
    }

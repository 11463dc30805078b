"""Every variable and every target of every leaf can be explained, and the accounts add up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from genode_tool.building.plan.leaf import ResolvedLeaf, resolve_leaf
from genode_tool.building.plan.stage2 import Stage2
from genode_tool.errors import GenodeError
from genode_tool.makefile import Flavor
from genode_tool.makefile.explain.accounts import RuleKind
from genode_tool.makefile.explain.target import explain_target, target_names
from genode_tool.makefile.explain.variable import Effect, WatchedEvaluation, explain_variable
from tests.upstream.configurations import Era
from tests.upstream.conftest import Figure
from tests.upstream.original import Original
from tests.upstream.ours import first_stage

_EXPANDED_BY_ASSIGNMENT = {"!=", ":::="}


@pytest.mark.timeout(600)
def test_accounts_of_all_leaves(
    tree: Path, era: Era, work: Path, tmp_path: Path, figure: Figure
) -> None:
    ours = first_stage(Original(tree, era, era.configurations[0], work))
    stage2 = Stage2(ours.context, ours.graph)
    stage2.run()
    leaves = variables = targets = 0
    wrong: list[str] = []
    for leaf in ours.graph.leaves.values():
        scope = ours.context.new_scope()
        try:
            worked = resolve_leaf(
                ours.context, ours.graph, leaf, stage2.board, scope, WatchedEvaluation
            )
        except GenodeError:
            continue
        leaves += 1
        variables += len(worked.ev.variables)
        targets += len(target_names(worked.ev, worked.plan))
        wrong += [f"{leaf.label}: {line}" for line in _wrong_variables(worked)]
        wrong += [f"{leaf.label}: {line}" for line in _wrong_targets(worked)]
    figure(f"{leaves} leaves, {variables} variables, {targets} targets, {len(wrong)} wrong")
    assert leaves
    assert wrong == []


def _wrong_variables(worked: ResolvedLeaf) -> Iterator[str]:
    """Yield variables whose counting assignments, put together, are not their raw value."""
    for name in worked.ev.variables:
        account = explain_variable(worked.ev, name)
        assert account is not None
        if account.flavor is not Flavor.RECURSIVE:
            continue
        count = [one for one in account.assignments if one.effect is Effect.COUNTS]
        if any(one.operator in _EXPANDED_BY_ASSIGNMENT for one in count):
            continue
        if " ".join(one.value for one in count).split() != account.raw.split():
            yield f"{name}: {[one.value for one in count]} are not {account.raw!r}"


def _wrong_targets(worked: ResolvedLeaf) -> Iterator[str]:
    """Yield targets without an account, and those whose chosen rule does not fit."""
    for name in target_names(worked.ev, worked.plan):
        account = explain_target(worked.ev, worked.plan, name)
        if account is None:
            yield f"{name}: no account"
            continue
        if account.kind is RuleKind.NONE and not worked.plan.missing:
            yield f"{name}: no rule"
        chosen = [one for one in account.candidates if one.chosen]
        if account.kind in (RuleKind.PATTERN, RuleKind.BUILTIN) and len(chosen) != 1:
            yield f"{name}: {len(chosen)} rules are chosen"
        if any(not check.fits for one in chosen for check in one.checks):
            yield f"{name}: the chosen rule does not fit"

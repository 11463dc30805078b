"""Parallel evaluation of leaves, by copies of this process, one for each processor.

Each copy inherits all that is known so far, evaluates its share, and hands back plans with the
observations that it made itself. Leaves are given out that no other leaf waits for, so that no
share needs another one's results.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from genode_tool.building.graph.model import BuildGraph, LeafId
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.memory.observation import Observation
from genode_tool.building.plan.leaf import LeafOutcome, evaluate_leaf
from genode_tool.building.plan.leaf_inputs import PlannedFiles
from genode_tool.errors import Diagnostic
from genode_tool.fork import Forked, fork

_WORTHWHILE = 16
"""So many leaves pay for a copy: an evaluation takes milliseconds, a copy about ten."""

_SECONDS = 600.0

_Share = tuple[list[tuple[LeafId, LeafOutcome]], list[Observation], list[Diagnostic]]


def evaluate_leaves(
    ctx: EvaluationContext,
    graph: BuildGraph,
    board: PlannedFiles,
    leaves: Sequence[LeafId],
    processors: int = 0,
) -> dict[LeafId, LeafOutcome]:
    """Return the outcome for each of `leaves`; `processors` 0 means all that we may use."""
    usable = processors or len(os.sched_getaffinity(0))
    count = max(1, min(usable, len(leaves) // _WORTHWHILE))
    known = ctx.observatory.count
    copies: list[Forked] = []
    found: dict[LeafId, LeafOutcome] = {}
    try:
        for number in range(1, count):
            share = leaves[number::count]
            copies.append(fork(partial(_hand_back, ctx, graph, board, share, known)))
        for leaf in leaves[::count]:
            found[leaf] = evaluate_leaf(ctx, graph, graph.leaves[leaf], board)
        for copy in copies:
            data = copy.result(_SECONDS)
            if data is not None:
                found.update(_take_over(ctx, pickle.loads(data), known))
    finally:
        for copy in copies:
            copy.end()
    for leaf in leaves:
        if leaf not in found:
            found[leaf] = evaluate_leaf(ctx, graph, graph.leaves[leaf], board)
    return found


def _hand_back(
    ctx: EvaluationContext,
    graph: BuildGraph,
    board: PlannedFiles,
    leaves: Sequence[LeafId],
    known: int,
) -> bytes:
    """Evaluate `leaves` in a copy; observations from number `known` on are its own."""
    observatory = ctx.observatory
    observatory.set_apart()
    done = [(leaf, evaluate_leaf(ctx, graph, graph.leaves[leaf], board)) for leaf in leaves]
    seen = [observatory.observation(number) for number in range(known, observatory.count)]
    share: _Share = (done, seen, observatory.shell_errors)
    return pickle.dumps(share)


def _take_over(ctx: EvaluationContext, share: _Share, known: int) -> dict[LeafId, LeafOutcome]:
    """Return the outcomes of a share with its observations in our numbers.

    An outcome with an observation that differs from ours, made at the same time, is left out.
    """
    done, seen, shell_errors = share
    ctx.observatory.shell_errors += shell_errors
    ours = [ctx.observatory.take_over(one) for one in seen]
    found = {}
    for leaf, outcome in done:
        numbers = [one if one < known else ours[one - known] for one in outcome.seen]
        if None not in numbers:
            found[leaf] = replace(
                outcome, seen=frozenset(one for one in numbers if one is not None)
            )
    return found

"""Stage 2: the evaluation of all leaves of a graph, with everything reused that is up to date."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from genode_tool.building.graph.model import BuildGraph, LeafId
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.plan.leaf import LeafOutcome, evaluate_leaf
from genode_tool.building.plan.leaf_inputs import PlannedFiles
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.parallel_evaluation import evaluate_leaves
from genode_tool.building.plan.sub_build import filled_directories
from genode_tool.building.plan.variants import Variants
from genode_tool.building.problems import Problem
from genode_tool.errors import Diagnostic


class Stage2:
    """The evaluation of all leaves of a graph, dependencies first; `board` is what they make."""

    def __init__(self, ctx: EvaluationContext, graph: BuildGraph) -> None:
        self._ctx = ctx
        self._graph = graph
        self.board = PlannedFiles()
        settings = ctx.settings
        repositories = os.path.normpath(f"{settings.genode_dir}/{settings.layout.repository_dir}")
        self._variants = Variants(settings.build_dir, repositories)
        self.problems: list[Problem] = []
        self.warnings: dict[Diagnostic, None] = {}
        self.invalid: set[LeafId] = set()
        self.seen: set[int] = set()
        self.stale: set[str] = set()

    def run(self) -> dict[LeafId, LeafPlan]:
        """Return the plans of all leaves that can be evaluated."""
        plans: dict[LeafId, LeafPlan | None] = {}
        late: list[LeafId] = []
        awaited = {one for leaf in self._graph.leaves.values() for one in leaf.waits_for}
        for leaf in self._graph.leaves:
            plans[leaf] = self._cached(leaf)
            if plans[leaf] is None and leaf not in awaited:
                late.append(leaf)  # many at a time, once all that they wait for is known
                continue
            if plans[leaf] is None:
                result = evaluate_leaf(self._ctx, self._graph, self._graph.leaves[leaf], self.board)
                plans[leaf] = self._accept(leaf, result)
            self._announce(leaf, plans[leaf])
        results = evaluate_leaves(self._ctx, self._graph, self.board, late)
        for leaf in late:
            plans[leaf] = self._accept(leaf, results[leaf])
            self._announce(leaf, plans[leaf])
        return {leaf: plan for leaf, plan in plans.items() if plan is not None}

    def _announce(self, leaf: LeafId, plan: LeafPlan | None) -> None:
        """Put what a leaf makes on the board."""
        if plan is None:
            self.invalid.add(leaf)
            return
        links = dict(plan.links)
        files = (path for path in map(self._absolute, plan.files) if path not in links)
        filled = filled_directories(plan.edges, self._graph.leaves[leaf].directory)
        self.board.add(leaf, files, links, filled)

    def others(self) -> Iterator[tuple[LeafId, LeafPlan]]:
        """Return the leaves of other goals and configurations, as far as they still exist."""
        for key, data in self._ctx.cache.elsewhere("leaf"):
            leaf = LeafId.of_group(key[1])
            plan = LeafPlan.from_data(data)
            if not plan.description or Path(plan.description).is_file():
                yield leaf, plan
            else:
                self.stale.update(plan.outputs)
                self._ctx.cache.forget(key)

    def _cached(self, leaf: LeafId) -> LeafPlan | None:
        cached = self._ctx.cache.get(("leaf", leaf.group))
        if cached is None:
            return None
        plan = LeafPlan.from_data(cached[0])
        wanted = self._graph.leaves[leaf]
        if plan.variables != wanted.variables or plan.artifacts != wanted.artifacts:
            return None
        closure = self._graph.closure(leaf)
        # What other leaves make is no observation: the leaf saw their plans there, not the disk.
        if any(self.board.supposed(path, closure) != kind for path, kind in plan.foreign):
            return None
        self.seen |= cached[1]
        return plan

    def _accept(self, leaf: LeafId, result: LeafOutcome) -> LeafPlan | None:
        """Cache the outcome of an evaluation, and return its plan; None when there are problems."""
        self.seen |= result.seen
        self.problems += result.problems
        self.warnings.update(dict.fromkeys(result.warnings))
        plan = None if result.problems else result.plan
        if plan is not None:
            key = ("leaf", leaf.group)
            plan = self._variants.agree(plan, map(LeafPlan.from_data, self._ctx.cache.rivals(key)))
            before = self._ctx.cache.before(key)
            if before is not None:
                self.stale.update(LeafPlan.from_data(before).outputs)
            self._ctx.cache.put(key, plan.to_data(), result.seen)
        return plan

    def _absolute(self, output: str) -> str:
        return output if output.startswith("/") else f"{self._ctx.settings.build_dir}/{output}"

"""From goals to a ninja file: both stages, with everything reused that still holds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from genode_tool.building.clean import remove_stale
from genode_tool.building.compiler_check import check_tools
from genode_tool.building.events import GraphReady, GraphStarted
from genode_tool.building.graph.description_cache import KnownDescriptions
from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.graph.model import Graph, LeafId, LeafKind
from genode_tool.building.graph.stage1 import Stage1
from genode_tool.building.memory.call_cache import Call
from genode_tool.building.memory.context import Context
from genode_tool.building.memory.observation import Complaint, Remembered
from genode_tool.building.memory.observatory import Observatory, Scope
from genode_tool.building.memory.stamps import file_stamp
from genode_tool.building.memory.store import Store, state_directory
from genode_tool.building.plan.leaf import Evaluated, evaluate_leaf
from genode_tool.building.plan.leaf_inputs import Board
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.manifest import (
    ambiguous,
    compile_commands,
    library_dependencies,
    manifest_path,
    ninja_file,
)
from genode_tool.building.plan.parallel_evaluation import evaluate_leaves
from genode_tool.building.plan.sub_build import filled_directories
from genode_tool.building.plan.variants import Variants
from genode_tool.building.problems import Problem
from genode_tool.events import Note, Sink
from genode_tool.files import make_directory, write_if_changed
from genode_tool.makefile import Message, ParseCache
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class Planned:
    """The outcome of both stages. `observations` is what all of it rests on."""

    problems: tuple[Problem, ...]
    call: Call
    observations: tuple[Remembered, ...]


def plan_build(
    path: Path,
    overrides: Mapping[str, str],
    goals: tuple[str, ...],
    observatory: Observatory,
    sink: Sink,
    *,
    keep_going: bool,
) -> Planned:
    """Evaluate what `goals` reach and write the ninja file and its companions.

    Without `keep_going`, problems in stage 1 make an end: nothing would be built anyway.

    Raises `GenodeError` for a mistake in the configuration or an unknown goal; what is wrong
    with descriptions is returned as problems.
    """
    begin = time.monotonic()
    sink(GraphStarted())
    scope = Scope(observatory)
    build_dir = BuildDirectory.open(path, overrides, scope)
    settings = build_dir.settings
    check_tools(settings, scope)
    if settings.unfit_board:
        sink(Note(f"{settings.unfit_board.message}; {settings.unfit_board.hint}", "warning"))
    ctx = Context(settings, dict(overrides), observatory, ParseCache())
    store = Store(state_directory(settings.build_dir) / "state", ctx.identity, observatory)
    found = resolve_goals(ctx, scope, goals)
    descriptions = KnownDescriptions(ctx, store)
    graph = Stage1(ctx, descriptions).run(found)
    stage2 = Stage2(ctx, graph, store)
    plans: dict[LeafId, LeafPlan] = {}
    problems = graph.problems
    if keep_going or not any(problem.trouble.fails for problem in problems):
        plans = stage2.run()
        for warning in stage2.warnings:
            where = f"{warning.location}: " if warning.location else ""
            sink(Note(f"{where}{warning.text}", "warning"))
        clashes, involved = ambiguous(plans)
        plans = _without(plans, graph, involved | stage2.invalid)
        problems = (*problems, *stage2.problems, *clashes)
        fatal = any(problem.trouble.fails for problem in problems)
        _write(settings.build_dir, graph, plans, stage2, complete=not fatal)
    store.save()
    for complaint in observatory.complaints:
        sink(Note(_told(complaint), "detail"))
    sink(
        GraphReady(
            graph.count(LeafKind.PROGRAM),
            len(graph.leaves) - graph.count(LeafKind.PROGRAM),
            store.evaluated,
            store.reused,
            time.monotonic() - begin,
        )
    )
    call = Call(
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
    seen = scope.seen | descriptions.seen | stage2.seen
    return Planned(problems, call, tuple(store.remembered(seen)))


class Stage2:
    """The evaluation of all leaves of a graph, dependencies first; `board` is what they make."""

    def __init__(self, ctx: Context, graph: Graph, store: Store) -> None:
        self._ctx = ctx
        self._graph = graph
        self._store = store
        self.board = Board()
        settings = ctx.settings
        repositories = os.path.normpath(f"{settings.genode_dir}/{settings.layout.repository_dir}")
        self._variants = Variants(settings.build_dir, repositories)
        self.problems: list[Problem] = []
        self.warnings: dict[Message, None] = {}
        self.invalid: set[LeafId] = set()
        self.seen: set[int] = set()
        self.stale: set[str] = set()

    def run(self) -> dict[LeafId, LeafPlan]:
        """Return the plans of all leaves that can be evaluated."""
        plans: dict[LeafId, LeafPlan | None] = {}
        late: list[LeafId] = []
        awaited = {one for leaf in self._graph.leaves.values() for one in leaf.waits_for}
        for leaf in self._graph.leaves:
            plans[leaf] = self._kept(leaf)
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
        files = (path for path in map(self._absolute, plan.outputs) if path not in links)
        filled = filled_directories(plan.edges, self._graph.leaves[leaf].directory)
        self.board.add(leaf, files, links, filled)

    def others(self) -> Iterator[tuple[LeafId, LeafPlan]]:
        """Return the leaves of other goals and configurations, as far as they still exist."""
        for key, data in self._store.elsewhere("leaf"):
            leaf = LeafId.of_group(key[1])
            plan = LeafPlan.from_data(data)
            if not plan.description or Path(plan.description).is_file():
                yield leaf, plan
            else:
                self.stale.update(plan.outputs)
                self._store.forget(key)

    def _kept(self, leaf: LeafId) -> LeafPlan | None:
        kept = self._store.get(("leaf", leaf.group))
        if kept is None:
            return None
        plan = LeafPlan.from_data(kept[0])
        wanted = self._graph.leaves[leaf]
        if plan.variables != wanted.variables or plan.artifacts != wanted.artifacts:
            return None
        closure = self._graph.closure(leaf)
        if any(self.board.supposed(path, closure) != kind for path, kind in plan.foreign):
            return None
        self.seen |= kept[1]
        return plan

    def _accept(self, leaf: LeafId, result: Evaluated) -> LeafPlan | None:
        """Keep the outcome of an evaluation."""
        self.seen |= result.seen
        self.problems += result.problems
        self.warnings.update(dict.fromkeys(result.warnings))
        plan = None if result.problems else result.plan
        if plan is not None:
            key = ("leaf", leaf.group)
            plan = self._variants.agree(plan, map(LeafPlan.from_data, self._store.rivals(key)))
            before = self._store.before(key)
            if before is not None:
                self.stale.update(LeafPlan.from_data(before).outputs)
            self._store.put(key, plan.to_data(), result.seen)
        return plan

    def _absolute(self, output: str) -> str:
        return output if output.startswith("/") else f"{self._ctx.settings.build_dir}/{output}"


def _without(
    plans: dict[LeafId, LeafPlan], graph: Graph, invalid: set[LeafId]
) -> dict[LeafId, LeafPlan]:
    """Return the plans that need none of the `invalid` leaves."""
    return {
        leaf: plan
        for leaf, plan in plans.items()
        if leaf not in invalid and invalid.isdisjoint(graph.closure(leaf))
    }


def _write(
    build_dir: str,
    graph: Graph,
    plans: Mapping[LeafId, LeafPlan],
    stage2: Stage2,
    *,
    complete: bool,
) -> None:
    """Write what a build needs; with `complete` plans, files that are made no more go."""
    manifest = ninja_file(plans, stage2.others())
    write_if_changed(manifest_path(build_dir), manifest.text.encode(errors="surrogateescape"))
    if complete:
        remove_stale(Path(build_dir), sorted(stage2.stale - manifest.outputs))
    for leaf, plan in plans.items():
        directory = graph.leaves[leaf].directory
        inside = os.path.relpath(directory, build_dir) + "/"
        # ninja makes the directories of what steps make; a step begins in the leaf's own
        if plan.edges and not any(output.startswith(inside) for output in plan.outputs):
            make_directory(directory)
    write_if_changed(
        Path(build_dir) / "compile_commands.json",
        compile_commands(build_dir, manifest.plans.values()),
    )
    write_if_changed(Path(build_dir) / "var/libdeps", library_dependencies(graph))


def _told(complaint: Complaint) -> str:
    place = f"{complaint.location}: " if complaint.location else ""
    return f"{place}`{complaint.command}` says: {complaint.text}"


def _artifacts(graph: Graph, plans: Mapping[LeafId, LeafPlan]) -> tuple[str, ...]:
    names = (name for leaf in graph.leaves if leaf in plans for name in plans[leaf].artifacts)
    return tuple(dict.fromkeys(names))

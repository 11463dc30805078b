"""Our side: a build directory with the original's configuration, and both of our stages in it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from genode_tool.building.graph.description_cache import DescriptionCache
from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.graph.model import BuildGraph, LeafId
from genode_tool.building.graph.stage1 import Stage1
from genode_tool.building.memory.context import EvaluationContext, open_evaluation
from genode_tool.building.plan.leaf import evaluate_leaf
from genode_tool.building.plan.leaf_inputs import PlannedFiles
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.problems import Problem, Trouble
from genode_tool.tree import BuildDirectory
from tests.upstream.libdeps import Node, Stage1Graph
from tests.upstream.original import Original

_OTHER_SPECS = re.compile(r" is described for .* only")
_REQUIRES = re.compile(r" requires (.*)$")


@dataclass(frozen=True, slots=True)
class Ours:
    """The outcome of our first stage for all targets of a configuration."""

    build_dir: Path
    context: EvaluationContext
    graph: BuildGraph
    descriptions: DescriptionCache


def build_directory(original: Original) -> Path:
    """Return a fresh build directory that is configured as the original's."""
    place = original.place / "ours"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(original.build_dir / "etc", place / "etc")
    return place


def first_stage(original: Original) -> Ours:
    """Return what our first stage finds where the original's was called without goals."""
    path = build_directory(original)
    context = open_evaluation(BuildDirectory.open(path, original.configuration.variables))
    descriptions = DescriptionCache(context)
    graph = Stage1(context, descriptions).run(resolve_goals(context, ()))
    return Ours(path, context, graph, descriptions)


def second_stage(ours: Ours) -> tuple[dict[LeafId, LeafPlan], list[Problem]]:
    """Return the plans of all leaves that can be planned, and what is wrong with the others.

    In trees without ABIs a leaf looks for the shared libraries that are there. One whose
    libraries cannot be planned takes another way then; it has no plan either.
    """
    board = PlannedFiles()
    plans: dict[LeafId, LeafPlan] = {}
    problems: list[Problem] = []
    for leaf_id, leaf in ours.graph.leaves.items():
        if not ours.context.layout.abis and not ours.graph.closure(leaf_id) <= plans.keys():
            continue
        result = evaluate_leaf(ours.context, ours.graph, leaf, board)
        problems += result.problems
        if result.plan is None:
            continue
        plans[leaf_id] = result.plan
        links = dict(result.plan.links)
        made = (f"{ours.build_dir}/{output}" for output in result.plan.files)
        board.add(leaf_id, [path for path in made if path not in links], links)
    return plans, problems


def canonical(ours: Ours) -> Stage1Graph:
    """Return our graph in the form that the original's library file is read into.

    Libraries that only broken programs use are left out: the original does not build them.
    """
    nodes = {}
    needed = set(ours.graph.roots)
    for root in ours.graph.roots:
        needed |= ours.graph.closure(root)
    targets: dict[str, list[str]] = {}
    for leaf in ours.graph.leaves.values():
        if leaf.id not in needed:
            continue
        kind = leaf.id.kind.value
        node = Node(
            kind, leaf.id.name, leaf.description, tuple(sorted(set(leaf.libs))), leaf.artifacts
        )
        nodes[node.key] = node
        if kind == "prg":
            targets.setdefault(leaf.label.rpartition("/")[2], []).append(node.name)
    subjects: dict[Trouble, set[str]] = {trouble: set() for trouble in Trouble}
    skipped: dict[str, frozenset[str]] = {}
    for problem in ours.graph.problems:
        subjects[problem.trouble].add(problem.subject)
        wanted = _REQUIRES.search(problem.diagnostic.text)
        if _OTHER_SPECS.search(problem.diagnostic.text):  # missing, to the original
            subjects[Trouble.MISSING_LIBRARY].add(problem.subject.removeprefix("lib/"))
        if problem.trouble is Trouble.REQUIREMENT and wanted:
            skipped[problem.subject] = frozenset(wanted.group(1).split(", "))
    libraries = {
        name.removeprefix("lib/"): wanted
        for name, wanted in skipped.items()
        if name.startswith("lib/") and ours.descriptions.library(name.removeprefix("lib/"))
    }
    return Stage1Graph(
        nodes,
        {
            name: wanted
            for name, wanted in skipped.items()
            if not name.startswith("lib/") or name.removeprefix("lib/") not in libraries
        },
        libraries,
        frozenset(subjects[Trouble.MISSING_LIBRARY]),
        frozenset(subjects[Trouble.PORT]),
        frozenset(subjects[Trouble.EVALUATION] | subjects[Trouble.NO_TARGET]),
        {target: tuple(found) for target, found in targets.items() if len(found) > 1},
    )

"""One leaf of stage 2: the tree's own leaf makefile, evaluated until the plan is consistent."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from genode_tool.building.graph.model import BuildGraph, Leaf
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.building.plan.leaf_inputs import LeafInputs, PlannedFiles, PlannedFilesView
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.older_packages import unprepared_package
from genode_tool.building.plan.translation import Translation
from genode_tool.building.plan.undeclared_outputs import UndeclaredOutputs
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import Diagnostic, GenodeError, Location
from genode_tool.makefile import Evaluation, Missing, Plan, resolve
from genode_tool.nearest import did_you_mean

_PASSES = 5
_FEW = 3


@dataclass(frozen=True, slots=True)
class LeafOutcome:
    """The outcome of evaluating a leaf: its plan, its problems, and its observations.

    With problems, a plan is what would be done if there were none. `warnings` are those of
    `$(warning)` and of the language itself.
    """

    plan: LeafPlan | None
    problems: tuple[Problem, ...]
    seen: frozenset[int]
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedLeaf:
    """A leaf at the end of its evaluation: variables and rules, the plan, the ninja edges."""

    ev: Evaluation
    plan: Plan
    work: Translation
    inputs: LeafInputs


def resolve_leaf(
    ctx: EvaluationContext,
    graph: BuildGraph,
    leaf: Leaf,
    board: PlannedFiles,
    scope: EvaluationScope,
    kind: type[Evaluation] = Evaluation,
) -> ResolvedLeaf:
    """Evaluate `leaf`, with what the leaves on the `board` make counted as there.

    `kind` may be an `Evaluation` that records more than builds need. Raises `GenodeError` when
    the leaf cannot be evaluated.
    """
    settings = ctx.settings
    before = board.view(graph.closure(leaf.id))
    roots = {leaf.directory, settings.lib_cache_dir, settings.install_dir, settings.debug_dir}
    links = _shared_library_links(ctx, graph, leaf)
    mine: PlannedFilesView | None = None
    builtin_rules = False
    # The files that the leaf makes are known only after an evaluation (see `leaf_inputs`).
    for _ in range(_PASSES):
        inputs = LeafInputs(scope, settings.build_dir, roots, leaf.directory, before, mine, links)
        ev = ctx.evaluation(
            inputs,
            leaf.directory,
            dict(leaf.variables),
            {"MK_BUILD_STAGE": "1"} if ctx.layout.stage_variable else {},
            (),  # the original names no goal either: MAKECMDGOALS is empty
            builtin_rules,
            kind,
        )
        ev.include(leaf.makefile)
        plan = resolve(ev, ())
        if plan.missing and not builtin_rules:
            builtin_rules = True
            continue
        work = Translation(ctx, leaf, ev, plan, inputs)
        work.translate()
        mine = PlannedFilesView.alone(leaf.id, work.files(), work.links)
        if not inputs.contradicted(mine):
            break
    return ResolvedLeaf(ev, plan, work, inputs)


def evaluate_leaf(
    ctx: EvaluationContext, graph: BuildGraph, leaf: Leaf, board: PlannedFiles
) -> LeafOutcome:
    """Evaluate `leaf` with what the leaves on the `board` make counted as there."""
    scope = ctx.new_scope()
    try:
        worked = resolve_leaf(ctx, graph, leaf, board, scope)
    except GenodeError as error:
        problem = Problem.of_error(leaf.label, error, (leaf.label,))
        return LeafOutcome(None, (problem,), frozenset(scope.seen))
    plan, work = worked.plan, worked.work
    seen = frozenset(scope.seen)
    undeclared = UndeclaredOutputs(graph, leaf, board)
    missing = tuple(one for one in plan.missing if not undeclared.maker(worked.ev.path(one.file)))
    if missing or work.unmade:
        makefiles = worked.ev.value("MAKEFILE_LIST")
        if unprepared := unprepared_package(leaf, makefiles, scope):
            return LeafOutcome(None, (unprepared,), frozenset(scope.seen))
    if missing:
        return LeafOutcome(None, _together(tuple(_missing(leaf, worked.ev, missing))), seen)
    unmade = _together(tuple(_unmade(leaf, worked.ev, *one) for one in work.unmade))
    result = LeafPlan(
        (*work.edges, *undeclared.edges(ctx.settings.build_dir, work.edges)),
        work.goal,
        tuple(sorted(work.links.items())),
        tuple(work.compiles),
        leaf.variables,
        tuple(sorted(worked.inputs.foreign().items())),
        tuple(leaf.artifacts),
        leaf.label,
        leaf.description,
        tuple(other.group for other in leaf.waits_for if other in graph.leaves),
        tuple(sorted(work.directories)),
    )
    warnings = tuple(one.diagnostic for one in worked.ev.warnings)
    return LeafOutcome(result, unmade, seen, warnings)


def _missing(leaf: Leaf, ev: Evaluation, missing: Iterable[Missing]) -> Iterator[Problem]:
    for one in missing:
        if one.file.endswith(".o"):
            yield _unmade(leaf, ev, one.file, one.needed_by)
        else:
            message = (
                f"no such file: `{one.file}`, and no rule makes it; `{one.needed_by}` needs it"
            )
            place = Location(leaf.description) if leaf.description else one.location
            yield _problem(leaf, one.file, message, place)


def _together(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the problems of one leaf; many missing files, as of a port, become one problem."""
    if len(problems) <= _FEW:
        return problems
    first, *others = problems
    names = ", ".join(f"`{one.chain[0]}`" for one in others[:_FEW])
    more = f" and {len(others) - _FEW} more" if len(others) > _FEW else ""
    text = f"{first.diagnostic.text}; {names}{more} are missing, too"
    return (replace(first, diagnostic=replace(first.diagnostic, text=text)),)


def _unmade(leaf: Leaf, ev: Evaluation, wanted: str, needed_by: str) -> Problem:
    """Return the problem that no rule makes an object: most likely its source is not there."""
    stem = wanted.removesuffix(".o")
    name, source = wanted, ""
    for variable in ev.variables:
        if variable.startswith("SRC_") and not source:
            words = ev.value(variable).split()
            source = next((word for word in words if word.rpartition(".")[0] == stem), "")
            name = variable if source else name
    found = ev.find(name)
    place = (found.location if found else None) or Location(leaf.description)
    if source:
        message = f"no such file: `{source}`, named in {name}; `{needed_by}` needs `{wanted}`"
        return _problem(leaf, source, message, place)
    message = f"no rule makes the object `{wanted}`; `{needed_by}` needs it"
    return _problem(leaf, wanted, message, place)


def _problem(leaf: Leaf, file: str, message: str, place: Location | None) -> Problem:
    """Return the problem that a file is missing, with the names beside the description like it."""
    beside = Path(leaf.description).parent / file if leaf.description else Path(file)
    try:
        names = sorted(entry.name for entry in os.scandir(beside.parent))
    except OSError:
        names = []
    guess = did_you_mean(beside.name, names)
    return Problem.of(
        Trouble.MISSING_FILE,
        f"{leaf.label}: {file}",
        message,
        place,
        (file, leaf.label),
        hint=guess or "correct its name in the description, or add a rule or `vpath` for it",
    )


def _shared_library_links(ctx: EvaluationContext, graph: BuildGraph, leaf: Leaf) -> dict[str, str]:
    """Return the links to shared libraries that a leaf is expected to make in its directory."""
    links = {}
    for name in leaf.shared_libs:
        lib = name.removesuffix(".lib.so")
        suffix = "abi" if lib in graph.abis else "lib"
        links[f"{leaf.directory}/{name}"] = f"{ctx.settings.lib_cache_dir}/{lib}/{lib}.{suffix}.so"
    return links

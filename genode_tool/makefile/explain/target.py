"""The explanation of a file: the rule that was chosen, the others, where its inputs were found.

GNU make manual, "Implicit Rule Search Algorithm", "Searching Directories for Prerequisites",
"Target-specific Variable Values".
"""

from __future__ import annotations

from collections.abc import Iterator

from genode_tool.errors import Location
from genode_tool.makefile import words
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.explain.accounts import (
    CandidateAccount,
    Check,
    InForce,
    InputAccount,
    RuleAccount,
    RuleKind,
    TargetAccount,
)
from genode_tool.makefile.explain.variable import WatchedEvaluation
from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.rules.automatic_variables import AutomaticVariables
from genode_tool.makefile.rules.commands import Command, commands
from genode_tool.makefile.rules.files import Dependency, File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.makefile.rules.implicit import Candidate
from genode_tool.makefile.rules.plan import Plan, Step


def target_names(ev: Evaluation, plan: Plan) -> tuple[str, ...]:
    """Return the names of everything that the plan makes or takes as it is."""
    names = dict.fromkeys(name for step in plan.steps for name in step.outputs)
    for step in plan.steps:
        names.update(dict.fromkeys(one.file.name for one in step.file.dependencies))
    names.update(dict.fromkeys(plan.sources))
    return tuple(name for name in names if name not in ev.rules.makefiles)


def find_target(ev: Evaluation, plan: Plan, name: str, build_dir: str = "") -> str | None:
    """Return the name that the makefiles have for `name`, or None.

    `name` may be as in the makefile, absolute, relative to `build_dir`, or the last part alone.
    """
    known = target_names(ev, plan)
    if name in known:
        return name
    wanted = {words.normalise(ev.path(name))}
    if build_dir:
        wanted.add(words.normalise(f"{build_dir}/{name}"))
    for one in known:
        if words.normalise(ev.path(one)) in wanted:
            return one
    ends = [one for one in known if one.endswith(f"/{name}")]
    return ends[0] if len({words.normalise(ev.path(one)) for one in ends}) == 1 else None


def explain_target(ev: Evaluation, plan: Plan, name: str) -> TargetAccount | None:
    """Return how `name` (as `find_target` gives it) is made.

    A name that no makefile has is explained as well when pattern rules match it; None when
    nothing is known about it.
    """
    graph = plan.steps[0].graph if plan.steps else Graph(ev)
    step = next((step for step in plan.steps if name in step.outputs), None)
    known = step is not None or name in target_names(ev, plan)
    file = step.file if step is not None else _file(plan, graph, name)
    candidates = tuple(_candidates(graph, file, name)) if not _settled_by_hand(file) else ()
    specific = [one for one in candidates if one.pattern != "%"]
    if not known and not specific:
        return None
    with ev.within(graph.scopes(file)):
        variables = tuple(_in_force(ev, graph, file))
    recipe, undefined = _recipe(ev, graph, file)
    return TargetAccount(
        name,
        step.outputs if step is not None else (),
        _kind(graph, file, known),
        file.phony,
        file.location,
        ", ".join(file.implicit.targets) if file.implicit else "",
        file.stem,
        tuple(_rules(file)),
        candidates,
        tuple(_input(graph, plan, one) for one in file.dependencies if not one.order_only),
        tuple(_input(graph, plan, one) for one in file.dependencies if one.order_only),
        variables,
        recipe,
        undefined,
        tuple(_users(plan, file)),
        tuple(str(one.diagnostic) for one in ev.warnings if one.subject == name),
    )


def _file(plan: Plan, graph: Graph, name: str) -> File:
    for step in plan.steps:
        for dependency in step.file.dependencies:
            if name in (dependency.file.name, dependency.file.found):
                return dependency.file
    file = graph.file(name)
    graph.settle(file)
    return file


def _settled_by_hand(file: File) -> bool:
    """Tell whether no pattern rule was looked for."""
    return file.phony or (file.explicit and file.recipe is not None and file.implicit is None)


def _kind(graph: Graph, file: File, known: bool) -> RuleKind:
    if file.implicit is not None:
        return RuleKind.BUILTIN if file.implicit.builtin else RuleKind.PATTERN
    if file.by_default:
        return RuleKind.DEFAULT
    if file.recipe is not None:
        chosen = file.target.recipe_rule if file.target else None
        static = chosen is not None and chosen.static_pattern
        return RuleKind.STATIC_PATTERN if static else RuleKind.EXPLICIT
    if file.is_target:
        return RuleKind.NAME
    return RuleKind.SOURCE if known and graph.stat(file.found) is not None else RuleKind.NONE


def _rules(file: File) -> Iterator[RuleAccount]:
    for rule in file.target.ordered_rules if file.target else ():
        names = tuple(one.name for one in rule.prerequisites)
        yield RuleAccount(rule.location, names, rule.recipe is not None)


def _candidates(graph: Graph, file: File, name: str) -> Iterator[CandidateAccount]:
    explicit = {one.name for one in file.target.prerequisites} if file.target else set()
    for candidate in graph.search.candidates(name, 0):
        rule = candidate.rule
        stem = candidate.directory + candidate.stem
        if rule.deferred is not None:
            needed = graph.second_expansion(rule, name, stem)
        else:
            needed = graph.search.filled(rule.prerequisites, candidate)
        chosen = rule is file.implicit
        checks = tuple(_check(graph, one.name, explicit, candidate, chosen) for one in needed)
        yield CandidateAccount(
            " ".join(rule.targets),
            tuple(one.name for one in rule.prerequisites) or tuple((rule.deferred or "").split()),
            stem,
            rule.location,
            chosen,
            "" if chosen else _rejection(checks),
            checks,
        )


def _rejection(checks: tuple[Check, ...]) -> str:
    failing = next((one for one in checks if not one.fits), None)
    if failing is not None:
        return f"{failing.name} {failing.why}"
    if any(one.why.startswith("could be made") for one in checks):
        return "would need an intermediate file; a rule that needs none goes first"
    return "applies as well, but an earlier rule, or one with a shorter stem, goes first"


def _check(
    graph: Graph, name: str, explicit: set[str], candidate: Candidate, chosen: bool
) -> Check:
    if name in explicit:
        return Check(name, True, "is a prerequisite of an explicit rule")
    if graph.is_target(name):
        return Check(name, True, "is made by an explicit rule")
    if graph.stat(name) is not None:
        return Check(name, True, "is there")
    found = graph.search_path(name)
    if found is not None:
        return Check(name, True, f"is found as {found}")
    if chosen and graph.is_mentioned(name):
        # GNU make lets that do when no rule fits otherwise.
        return Check(name, True, "ought to exist: a makefile names it")
    if not candidate.rule.terminal:
        match = graph.search.find(name)
        if match is not None and match.rule is not candidate.rule:
            return Check(name, True, f"could be made by the rule for {match.rule.targets[0]}")
    return Check(
        name,
        False,
        "is not there, and nothing makes it",
        (name, *graph.rules.vpath.candidates(name)),
    )


def _input(graph: Graph, plan: Plan, dependency: Dependency) -> InputAccount:
    file = dependency.file
    found_by, location = "", None
    if file.found != file.name:
        found_by = "VPATH"
        for entry in graph.rules.vpath.entries:
            if file.found in [f"{directory}/{file.name}" for directory in entry.directories]:
                found_by, location = f"vpath {entry.pattern}", entry.location
                break
    made = any(file.name in step.outputs and step.has_recipe for step in plan.steps)
    exists = graph.stat(file.found) is not None
    return InputAccount(file.name, file.found, found_by, location, made, exists)


def _in_force(ev: Evaluation, graph: Graph, file: File) -> Iterator[InForce]:
    names: dict[str, Location | None] = {}
    for scope in graph.scopes(file):
        if isinstance(scope, dict):
            names.update({name: variable.location for name, variable in scope.items()})
    for name, location in names.items():
        try:
            value = ev.value(name)
        except MakefileError as error:
            value = f"({error.message})"
        yield InForce(name, value, location)


def _recipe(
    ev: Evaluation, graph: Graph, file: File
) -> tuple[tuple[Command, ...], tuple[str, ...]]:
    """Return the recipe expanded, and the undefined names that it refers to."""
    watched = ev if isinstance(ev, WatchedEvaluation) else None
    if watched:
        watched.missed.clear()
    lines = tuple(commands(graph, file, AutomaticVariables(file, graph.rules)))
    missed = watched.missed if watched else {}
    return lines, tuple(name for name in missed if not name.isdigit())


def _users(plan: Plan, file: File) -> Iterator[str]:
    def uses(step: Step) -> bool:
        return any(dependency.file.name == file.name for dependency in step.file.dependencies)

    return (step.outputs[0] for step in plan.steps if uses(step))

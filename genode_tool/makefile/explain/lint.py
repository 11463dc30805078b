"""Warnings about makefiles that are valid but most likely mean something else.

GNU make manual, "Recipe Syntax", "Values" (self-reference), "Error: Overriding Recipes".
"""

from __future__ import annotations

from collections.abc import Iterator

from genode_tool.errors import Diagnostic, Location, Severity
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.evaluator.references import references
from genode_tool.makefile.explain.variable import WatchedEvaluation
from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.rules.plan import Plan
from genode_tool.regex import regex

_ASSIGNMENT = regex(r"[ \t]*([A-Za-z_][\w.]*)(?:[ \t]*(?::{1,3}|[+?])=|[ \t]+=[ \t])")


def lint(ev: Evaluation, plan: Plan) -> tuple[Diagnostic, ...]:
    """Return the warnings of the evaluation so far, and those about what the plan uses.

    These are: variables that refer to themselves, recipes that refer to undefined variables,
    recipe lines that look like assignments. Recipes are expanded for it.
    """
    told = (one.diagnostic for one in ev.warnings)
    known = tuple(dict.fromkeys(one for one in told if one.severity is Severity.WARNING))
    return (*known, *_self_references(ev), *_tabs(plan), *_undefined(ev, plan))


def _warning(text: str, location: Location | None) -> Diagnostic:
    return Diagnostic(Severity.WARNING, text, location)


def _self_references(ev: Evaluation) -> Iterator[Diagnostic]:
    """Yield a warning for each variable whose expansion would not end; calls may well end."""
    uses: dict[str, tuple[str, ...]] = {}
    for name, variable in ev.globals.items():
        if variable.recursive and "$" in variable.value and "$(call" not in variable.value:
            uses[name] = references(variable.value)
    done: set[str] = set()
    for start in uses:
        path: list[str] = []
        yield from _cycles(ev, start, uses, path, done)


def _cycles(
    ev: Evaluation,
    name: str,
    uses: dict[str, tuple[str, ...]],
    path: list[str],
    done: set[str],
) -> Iterator[Diagnostic]:
    if name in path:
        cycle = [*path[path.index(name) :], name]
        found = ev.find(name)
        way = " -> ".join(cycle)
        yield _warning(
            f"variable '{name}' refers to itself: {way}", found.location if found else None
        )
        return
    if name in done:
        return
    path.append(name)
    for other in uses.get(name, ()):
        yield from _cycles(ev, other, uses, path, done)
    path.pop()
    done.add(name)


def _tabs(plan: Plan) -> Iterator[Diagnostic]:
    seen: set[tuple[str, int]] = set()
    for step in plan.steps:
        recipe = step.file.recipe
        for line in recipe.lines if recipe is not None else ():
            match = _ASSIGNMENT.match(line.text)
            place = recipe.source.location(line.line) if recipe is not None else None
            if match is None or place is None or (place.file, place.line) in seen:
                continue
            seen.add((place.file, place.line))
            yield _warning(
                f"looks like an assignment to '{match.group(1)}', but the tab before it makes"
                f" it a line of the recipe of '{step.outputs[0]}'",
                place,
            )


def _undefined(ev: Evaluation, plan: Plan) -> Iterator[Diagnostic]:
    """Yield a warning for each undefined variable, at the first recipe that refers to it."""
    if not isinstance(ev, WatchedEvaluation):
        return
    reported: set[str] = set()
    for step in plan.steps:
        if not step.has_recipe:
            continue
        ev.missed.clear()
        try:
            step.recipe()
        except MakefileError:
            continue
        names = [name for name in ev.missed if name not in reported and not name.isdigit()]
        reported.update(names)
        if names:
            recipe = step.file.recipe
            yield _warning(
                f"the recipe of '{step.outputs[0]}' refers to undefined variables: "
                + " ".join(names),
                recipe.location if recipe is not None else step.location,
            )

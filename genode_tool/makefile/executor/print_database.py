"""The data base of an evaluation as text, for `-p`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from genode_tool.errors import Location
from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.executor.usage import version
from genode_tool.makefile.rules.rule import PatternRule, Prerequisite, Recipe, Target
from genode_tool.makefile.variables.variable import Origin, Variable

_ORIGINS = {
    Origin.FILE: "makefile",
    Origin.ENVIRONMENT_OVERRIDE: "environment under -e",
    Origin.OVERRIDE: "'override' directive",
}


def print_data_base(ev: Evaluation, output: Output) -> None:
    """Print variables, rules and search paths in a form that is a makefile again.

    Layout as GNU make's: comments say where each comes from. Statistics and the results of
    searches, which it prints as well, are left out.
    """
    for line in _data_base(ev):
        output.out(line)


def _data_base(ev: Evaluation) -> Iterator[str]:
    for line in version():
        yield f"# {line}"
    yield f"\n# Make data base, printed on {time.asctime()}\n\n# Variables\n"
    for variable in ev.globals.values():
        yield from _definition(variable)
    yield "\n# Implicit Rules"
    for rule in ev.rules.patterns:
        yield from _pattern(rule)
    count = len(ev.rules.patterns)
    terminal = sum(one.terminal for one in ev.rules.patterns)
    share = 100 * terminal / max(count, 1)
    yield f"\n# {count} implicit rules, {terminal} ({share:.1f}%) terminal."
    yield "# Files"
    phony = ev.rules.special(".PHONY") or frozenset()
    for target in ev.rules.targets.values():
        yield from _target(target, target.name in phony)
    yield from _search_paths(ev)
    yield f"\n# Finished Make data base on {time.asctime()}\n"


def _definition(variable: Variable, prefix: str = "") -> Iterator[str]:
    origin = _ORIGINS.get(variable.origin, variable.origin.text)
    yield f"# {origin}{_from(variable.location)}"
    name, value = variable.name, variable.value
    if variable.recursive and "\n" in value:
        yield f"{prefix}define {name}\n{value}\nendef"
        return
    if not variable.recursive:
        value = value.replace("$", "$$")
    if value[:1].isspace():
        value = f"$(subst ,,{value})"  # a definition drops the blanks in front of its value
    yield f"{prefix}{name} {'=' if variable.recursive else ':='} {value}"


def _from(location: Location | None) -> str:
    return f" (from '{location.file}', line {location.line})" if location and location.file else ""


def _pattern(rule: PatternRule) -> Iterator[str]:
    yield f"\n{' '.join(rule.targets)}:{_needed(rule.prerequisites, double=rule.terminal)}"
    yield from _recipe(rule.recipe)


def _target(target: Target, phony: bool) -> Iterator[str]:
    yield ""
    if not target.rules:
        yield "# Not a target:"
    for variable in (target.variables or {}).values():
        yield from _definition(variable, f"{target.name}: ")
    if not target.double:
        yield f"{target.name}:{_needed(target.prerequisites)}"
        if phony:
            yield "#  Phony target (prerequisite of .PHONY)."
        found = target.recipe_rule
        yield from _recipe(found.recipe if found else None)
        return
    for number, rule in enumerate(target.rules):
        if number:
            yield ""
        yield f"{target.name}:{_needed(rule.prerequisites, double=True)}"
        yield from _recipe(rule.recipe)


def _needed(prerequisites: Iterable[Prerequisite], *, double: bool = False) -> str:
    normal = [one.name for one in prerequisites if not one.order_only]
    ordered = [one.name for one in prerequisites if one.order_only]
    shown = [*normal, "|", *ordered] if ordered else normal
    return "".join((":" if double else "", *(f" {one}" for one in dict.fromkeys(shown))))


def _recipe(recipe: Recipe | None) -> Iterator[str]:
    if recipe is None or not recipe.lines:
        return
    place = _from(recipe.location) or " (built-in)"
    yield f"#  recipe to execute{place}:"
    for line in recipe.lines:
        yield f"\t{line.text}"


def _search_paths(ev: Evaluation) -> Iterator[str]:
    yield "\n# VPATH Search Paths\n"
    for entry in ev.rules.vpath.entries:
        yield f"vpath {entry.pattern} {':'.join(entry.directories)}"
    count = len(ev.rules.vpath.entries)
    yield f"\n# {count} 'vpath' search paths." if count else "# No 'vpath' search paths."
    general = ev.globals.get("VPATH")
    if general is None:
        yield "\n# No general ('VPATH' variable) search path."
    else:
        yield f"\n# General ('VPATH' variable) search path:\n# {general.value}"

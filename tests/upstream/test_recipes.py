"""Our resolution of rules runs the recipes that GNU make would run, for every leaf.

Both sides look at the same build directory: that of the original, with empty files for what
libraries leave for their users. Recipes are compared line by line; white space counts once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.makefile import ParseCache, resolve
from tests.upstream.configurations import Configuration
from tests.upstream.conftest import Figure
from tests.upstream.dryrun import DryRun, DryRuns
from tests.upstream.judge import evaluate
from tests.upstream.original import Call, Original

_SPACE = re.compile(r"(\\\n|\s)+")


@pytest.mark.timeout(1800)
def test_the_recipes_are_equal(
    tree: Path, work: Path, original: Original, configuration: Configuration, figure: Figure
) -> None:
    runs = DryRuns(original)
    theirs = runs.all()
    calls, environment = original.calls()
    cache = ParseCache()
    wrong: list[str] = []
    lines = targets = 0
    runs.place_all()
    for call in calls:
        run = theirs[call.kind, call.name]
        runs.without(call)
        found = _ours(call, run, original.build_dir, environment, cache)
        expected = _without_leftovers(run)
        # What another leaf makes as well stands there; whether it is new enough depends on
        # the clock.
        directory = original.build_dir / call.directory
        shared = {target for target in expected if (directory / target).is_file()}
        if not isinstance(found, str):
            shared |= {target for target in found if (directory / target).is_file()}
        runs.again(call)
        place = f"{call.kind}:{call.name}"
        if isinstance(found, str):
            wrong.append(f"{place}: {found} / {run.complaints.strip()[-200:]}")
            continue
        targets += len(expected)
        for target in sorted((expected.keys() | found.keys()) - shared):
            left, right = expected.get(target), found.get(target)
            lines += len(left or ())
            if left and right and target in run.failed:
                # What stands after the line that ran, and failed, is not printed.
                right = right[: len(left)]
                left = left[: len(right)]
                if left[:-1] == right[:-1]:
                    continue
            if left != right:
                wrong.append(f"{place}: {target}:\n    {left}\n    {right}")
    (work / f"{tree.name}-{configuration.name}-recipes.txt").write_text("\n".join(wrong) + "\n")
    figure(f"{len(calls)} leaves, {targets} targets, {lines} lines, {len(wrong)} targets differ")
    assert wrong == []


def _squeeze(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _without_leftovers(run: DryRun) -> dict[str, tuple[str, ...]]:
    found = {}
    for target, lines in run.recipes.items():
        kept = tuple(text for text in map(_squeeze, lines) if text)
        if kept:
            found[target] = kept
    return found


def _ours(
    call: Call,
    run: DryRun,
    build_dir: Path,
    environment: Mapping[str, str],
    cache: ParseCache,
) -> dict[str, tuple[str, ...]] | str:
    """Return the recipe lines per target, or what is wrong.

    Left out is what needs a file that nothing makes, or a target that failed under make.
    """
    directory = build_dir / call.directory
    ev, _, error = evaluate([call.makefile], directory, environment, call.variables, cache=cache)
    if error:
        return str(error)
    found: dict[str, tuple[str, ...]] = {}
    try:
        plan = resolve(ev, ())
        lost = {one.file for one in plan.missing}
        for step in plan.steps:
            if not lost.isdisjoint((*step.inputs, *step.order_only)):
                lost.update(step.outputs)
                continue
            if not run.failed.isdisjoint(step.outputs):
                lost.update(step.outputs)
            idle = not (step.inputs or step.order_only or step.phony)
            if not step.has_recipe or (idle and (directory / step.outputs[0]).exists()):
                continue
            kept = tuple(text for line in step.recipe() if (text := _squeeze(line.text)))
            if kept:
                found[step.outputs[0]] = kept
    except GenodeError as problem:
        return str(problem)
    return found

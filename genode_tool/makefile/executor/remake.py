"""Remaking makefiles before anything else.

GNU make manual, "How Makefiles Are Remade".
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from errno import ENOENT

from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.evaluator.includes import Includes, MissingInclude
from genode_tool.makefile.executor.run import MakefileGoals, Run
from genode_tool.makefile.executor.runner import Runner
from genode_tool.makefile.words import unique


def remake(ev: Evaluation, run: Run, runner: Runner, *, first: bool) -> int | None:
    """Bring all makefiles that were read or wanted up to date, the `first` time or again.

    Returns 0 when one changed and everything must be read again, None when nothing did, else
    the exit status of the failure.
    """
    # One that is missing several times is reported with its first place.
    missing = {one.name: one for one in reversed(ev.includes.missing)}
    needed = {one.name: one for one in reversed(ev.includes.missing) if not one.optional}
    goals = unique([one for one in ev.includes.named if one != "-"])
    reported: set[str] = set()

    def report_missing(goal: str, places: Mapping[str, MissingInclude] = missing) -> bool:
        one = places.get(goal)
        if one is None or one.reported or goal in reported:
            return required(goal)
        if goal in needed:
            reported.add(goal)
            where = f"{one.location.file}:{one.location.line}" if one.location else run.name
            run.output.err(f"{where}: {goal}: {_why_unreadable(ev.path(goal))}")
        return required(goal)

    def required(goal: str) -> bool:
        if goal in missing:
            return goal in needed
        return goal in ev.includes.required or goal not in ev.includes.optional

    options = run.options
    hooks = MakefileGoals(report_missing, lambda goal: required(goal) and not options.keep_going)
    run.begin_makefiles(hooks, first=first)
    candidates = []
    for one in goals:
        file = run.graph.file(one)
        run.graph.settle_explicit(file)
        loops = any(
            branch.recipe is not None
            and branch.branch_rule is not None
            and not branch.branch_rule.prerequisites
            and branch.branch_rule.deferred is None
            for branch in file.branches
        )
        if not file.phony and not loops:
            candidates.append(one)
    before = {one: ev.inputs.stat(ev.path(one)) for one in candidates}
    tries = [one for one in _tries(ev.includes, required) if one[0] in candidates]
    status = runner.update_makefiles(tries).status if candidates else 0
    if run.stopping:
        return 2
    # A rule that always runs would do so without end, so it does not make a makefile.
    skipped = [one for one in missing if one not in candidates]
    if not status or options.keep_going:
        skipped = [one for one in skipped if report_missing(one, needed)]
    failed = [one for one in candidates if runner.failed(one) and required(one)]
    for one, include in _mentions(ev.includes) if options.keep_going else ():
        # One that is missing several times is reported as often.
        if one in failed and not (include is not None and include.optional):
            known = ev.includes.required.get(one) if include is None else include.location
            where = f"{known.file}:{known.line}" if known is not None else run.name
            run.output.err(f"{where}: Failed to remake makefile '{one}'.")
    failed = [one for one in failed if one not in missing]
    if skipped or (failed and not options.keep_going):
        return 2
    changed = False
    for one in candidates:
        # One that its recipe deleted has changed as well.
        now = ev.inputs.stat(ev.path(one))
        if runner.failed(one) and (now is None or not required(one)):
            continue
        changed = changed or now != before[one]
    for one in missing:
        if one not in needed or ev.inputs.stat(ev.path(one)) is not None:
            continue
        file = run.graph.file(one)
        if status or (file.recipe is None and not file.is_target):
            return 2
    return 0 if changed else 2 if failed else None


def _tries(includes: Includes, required: Callable[[str], bool]) -> list[tuple[str, bool]]:
    """Return the makefiles in the order in which they are remade, and whether each is required.

    One that is missing and optional at first, but required later, is tried twice.
    """
    tries: dict[tuple[str, bool], None] = {}
    for name, include in _mentions(includes):
        if (name, True) not in tries:
            tries[name, required(name) if include is None else not include.optional] = None
    return list(tries)


def _mentions(includes: Includes) -> Iterator[tuple[str, MissingInclude | None]]:
    """Yield the makefiles as often as they were wanted, with what is known about missing ones."""
    missing = list(includes.missing)
    for name in includes.named:
        at = next((i for i, one in enumerate(missing) if one.name == name), None)
        yield name, None if at is None else missing.pop(at)


def _why_unreadable(path: str) -> str:
    try:
        os.stat(path)  # noqa: PTH116 - a string in
    except OSError as error:
        return os.strerror(error.errno or ENOENT)
    return os.strerror(ENOENT)

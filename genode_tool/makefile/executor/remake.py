"""Remaking makefiles before anything else.

GNU make manual, "How Makefiles Are Remade".
"""

from __future__ import annotations

import os
from errno import ENOENT

from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.run import MakefileGoals, Run
from genode_tool.makefile.executor.runner import Runner
from genode_tool.makefile.words import unique


def remake(ev: Evaluation, run: Run, runner: Runner, *, first: bool) -> int | None:
    """Bring all makefiles that were read or wanted up to date, the `first` time or again.

    Returns 0 when one changed and everything must be read again, None when nothing did, else
    the exit status of the failure.
    """
    missing = {one.name: one for one in reversed(ev.includes.missing)}
    goals = unique([one for one in ev.includes.named if one != "-"])
    reported: set[str] = set()

    def report_missing(goal: str) -> bool:
        one = missing.get(goal)
        if one is None or one.reported or goal in reported:
            return required(goal)
        if not one.optional:
            reported.add(goal)
            where = f"{one.location.file}:{one.location.line}" if one.location else run.name
            run.output.err(f"{where}: {goal}: {_why_unreadable(ev.path(goal))}")
        return required(goal)

    def required(goal: str) -> bool:
        if goal in missing:
            return not missing[goal].optional
        return goal in ev.includes.required or goal not in ev.includes.optional

    options = run.options
    hooks = MakefileGoals(
        report_missing, required, lambda goal: required(goal) and not options.keep_going
    )
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
    status = runner.update(candidates).status if candidates else 0
    if run.stopping:
        return 2
    # A rule that always runs would do so without end, so it does not make a makefile.
    skipped = [one for one in missing if one not in candidates]
    if not status or options.keep_going:
        skipped = [one for one in skipped if report_missing(one)]
    failed = [one for one in candidates if runner.failed(one) and required(one)]
    places = [(one.name, one.location) for one in ev.includes.missing]
    for one in ev.includes.named if options.keep_going else ():
        # One that is missing several times is reported as often.
        at = next((at for at, (name, _) in enumerate(places) if name == one), None)
        place = ev.includes.required.get(one) if at is None else places.pop(at)[1]
        if one in failed:
            where = f"{place.file}:{place.line}" if place is not None else run.name
            run.output.err(f"{where}: Failed to remake makefile '{one}'.")
    failed = [one for one in failed if one not in missing]
    if skipped or (failed and not options.keep_going):
        return 2
    changed = False
    for one in candidates:
        now = ev.inputs.stat(ev.path(one))
        changed = changed or (now is not None and now != before[one])
    for one, include in missing.items():
        if include.optional or ev.inputs.stat(ev.path(one)) is not None:
            continue
        file = run.graph.file(one)
        if status or (file.recipe is None and not file.is_target):
            return 2
    return 0 if changed else 2 if failed else None


def _why_unreadable(path: str) -> str:
    try:
        os.stat(path)  # noqa: PTH116 - a string in
    except OSError as error:
        return os.strerror(error.errno or ENOENT)
    return os.strerror(ENOENT)

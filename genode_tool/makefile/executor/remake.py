"""Remaking makefiles before anything else.

GNU make manual, "How Makefiles Are Remade".
"""

from __future__ import annotations

from dataclasses import replace

from genode_tool.makefile.evaluator.evaluation import Evaluation
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.executor.run import MakefileFailed, MakefileGoals, Run
from genode_tool.makefile.executor.runner import Runner
from genode_tool.makefile.executor.times import ClockSkew
from genode_tool.makefile.words import unique


def remake(
    options: Options,
    output: Output,
    name: str,
    ev: Evaluation,
    server: Jobserver | None,
    skew: ClockSkew,
    shuffle: str | None = None,
    announce_group: tuple[str, str] | None = None,
    first: bool = True,
) -> int | None:
    """Bring all makefiles that were read or wanted up to date.

    `-B` and `-W` count the `first` time only: otherwise they would be remade without end.

    Returns 0 when one changed and everything must be read again, None when nothing did, else
    the exit status of the failure.
    """
    missing = {one.name: one for one in reversed(ev.includes.missing)}
    read = [one for one in ev.rules.makefiles if one != "-"]
    goals = unique([*(one.name for one in ev.includes.missing), *read])
    reported: set[str] = set()

    def report_missing(goal: str) -> bool:
        one = missing.get(goal)
        if one is not None and not one.optional and goal not in reported:
            reported.add(goal)
            where = f"{one.location.file}:{one.location.line}" if one.location else name
            output.err(f"{where}: {goal}: No such file or directory")
        return required(goal)

    def required(goal: str) -> bool:
        if goal in missing:
            return not missing[goal].optional
        return goal in ev.includes.required or goal not in ev.includes.optional

    # These options are about the goals, not about the makefiles.
    own = replace(
        options,
        dry_run=False,
        question=False,
        touch=False,
        keep_going=True,
        always_make=options.always_make and first,
        new_files=options.new_files if first else [],
    )
    hooks = MakefileGoals(report_missing, lambda goal: required(goal) and not options.keep_going)
    run = Run(
        ev,
        own,
        output,
        name=name,
        server=server,
        skew=skew,
        makefiles=hooks,
        shuffle=shuffle,
        announce_group=announce_group,
    )
    runner = Runner(run)
    candidates = []
    for one in goals:
        file = run.graph.file(one)
        run.graph.settle(file)
        for branch in file.branches:
            run.graph.settle(branch)
        loops = any(branch.recipe and not branch.dependencies for branch in file.branches)
        if not file.phony and not loops:
            candidates.append(one)
    before = {one: ev.inputs.stat(ev.path(one)) for one in candidates}
    try:
        status = runner.run(candidates).status if candidates else 0
    except MakefileFailed:
        return 2
    # A rule that always runs would do so without end, so it does not make a makefile.
    skipped = [one for one in missing if one not in candidates]
    if not status or options.keep_going:
        skipped = [one for one in skipped if report_missing(one)]
    failed = [one for one in candidates if runner.failed(one) and required(one)]
    wanted = [(one.name, one.location) for one in ev.includes.missing]
    wanted += [(one, ev.includes.required.get(one)) for one in read]
    for one, place in wanted if options.keep_going else ():
        if one in failed:
            where = f"{place.file}:{place.line}" if place is not None else name
            output.err(f"{where}: Failed to remake makefile '{one}'.")
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

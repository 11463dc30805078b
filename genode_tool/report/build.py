"""How the events of a build look as lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from genode_tool.build import events
from genode_tool.build.problems import Problem, Trouble
from genode_tool.errors import GenodeError
from genode_tool.events import Event
from genode_tool.report.problem import problem_lines
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal

_LEAF_COLUMN = 44


def lines_of(event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
    """Return the lines for `event`, none for one that shows nothing; None: not a build event.

    On a live terminal a step shows in the progress bar and has no line of its own.
    """
    paint = screen.paint
    match event:
        case events.StepFinished(leaf=leaf, text=text, output=output):
            lines = output.rstrip("\n").splitlines()
            silent = verbosity < 0 or (event.quiet and verbosity == 0)
            if not silent and (not screen.live or lines or verbosity > 0):
                lines.insert(0, _step(text, leaf, paint))
            return lines
        case events.StepFailed():
            return _failed_step(event, paint)
        case events.ProblemsFound(problems=problems):
            return problem_report(problems, paint, verbosity)
        case events.WaitingForLock(path=path, owner=owner):
            by = f" by process {owner}" if owner else ""
            return [f"genode: waiting: {path} is in use{by}"]
        case events.GraphReady() if verbosity > 0:
            return [
                f"genode: programs: {event.programs}, libraries: {event.libraries}; descriptions: "
                f"{event.evaluated} evaluated, {event.kept} kept ({event.seconds:.2f} s)"
            ]
        case events.LongestSteps(steps=steps) if verbosity > 0:
            times = (f"{one.seconds:.1f} s {one.text} ({one.leaf})" for one in steps)
            return [f"genode: longest steps: {', '.join(times)}"]
        case events.BuildFinished(ok=True) if verbosity >= 0:
            return [_summary(event, paint)]
        case (
            events.GraphStarted()
            | events.GraphReady()
            | events.LongestSteps()
            | events.BuildFinished()
        ):
            return []
    return None


def status_of(event: Event) -> Status | None:
    """Return what goes on from `event` on, and how far it is."""
    match event:
        case events.GraphStarted():
            return Status("reading descriptions")
        case events.StepFinished(number=number, total=total, leaf=leaf, text=text):
            return Status(f"{' '.join(text.split())} {leaf}".strip(), number, total)
        case events.BuildFinished() | events.StepFailed() | events.ProblemsFound():
            return Status()
    return None


def _step(text: str, leaf: str, paint: Callable[..., str]) -> str:
    line = f"    {text}"
    return f"{line:<{_LEAF_COLUMN}} {paint(leaf, 'dim')}".rstrip() if leaf else line


def _summary(event: events.BuildFinished, paint: Callable[..., str]) -> str:
    if not event.steps:
        return f"genode: {paint('nothing to build', 'green')} ({event.seconds:.2f} s)"
    steps = "1 step" if event.steps == 1 else f"{event.steps} steps"
    return f"genode: {paint('built', 'green')}: {steps} in {event.seconds:.1f} s"


def _failed_step(event: events.StepFailed, paint: Callable[..., str]) -> list[str]:
    how = "" if event.code is None else f" (exit status {event.code})"
    of = f" of {event.leaf}" if event.leaf else ""
    step = " ".join(event.text.split())
    lines = [f"genode: {paint('error', 'red', 'bold')}: {step}{of} failed{how}"]
    if event.command:
        lines.append(paint(event.command, "dim"))
    return lines + event.output.rstrip("\n").splitlines()


def problem_report(
    problems: Iterable[Problem], paint: Callable[..., str], verbosity: int = 0
) -> list[str]:
    """Return the lines that tell all `problems`, by kind; skips are counted unless asked for."""
    order = list(Trouble)
    lines: list[str] = []
    ranked = sorted(problems, key=lambda one: (order.index(one.trouble), one.subject))
    for trouble, group in groupby(ranked, key=lambda one: one.trouble):
        members = list(group)
        if not trouble.fails and verbosity <= 0:
            what = "1 target" if len(members) == 1 else f"{len(members)} targets"
            lines.append(f"genode: {what} skipped: {trouble.value} (-v lists them)")
            continue
        style = ("red", "bold") if trouble.fails else ("yellow", "bold")
        lines.append(f"genode: {paint(trouble.value, *style)} ({len(members)}):")
        for problem in members:
            lines += [f"  {line}" for line in _problem(problem, paint)]
    return lines


def _problem(problem: Problem, paint: Callable[..., str]) -> list[str]:
    needed = problem.chain[1:]
    trail = (f"needed by {' <- '.join(needed)}",) if needed else ()
    error = GenodeError(
        problem.message,
        location=problem.location,
        trail=(*trail, *problem.trail),
        hint=problem.hint,
    )
    first, *rest = problem_lines(error, paint)
    if problem.location is None:  # the heading has said already that these are errors
        first = problem.message
    return [first, *rest]

"""Renders the events of a build as lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby

from genode_tool.building import events
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import Severity
from genode_tool.events import Event
from genode_tool.regex import regex
from genode_tool.report.diagnostic import diagnostic_lines, hint_line, severity_word
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal

_MISSING_MODULE = regex(r"ModuleNotFoundError: No module named '(\w+)")
_NO_ENTRY = regex(r"required symbol .?_start|cannot find entry symbol _start")
_COMMAND_NOT_FOUND = 127  # as the shell says it, sh(1)
_LEAF_COLUMN = 44


def lines_of(event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
    """Return the lines for `event`, none for one that shows nothing; None: not a build event.

    On a live terminal a step shows in the progress bar and has no line of its own.
    """
    paint = screen.paint
    match event:
        case events.BuildStepFinished(leaf=leaf, text=text, output=output):
            lines = output.rstrip("\n").splitlines()
            silent = verbosity < 0 or (event.quiet and verbosity == 0)
            if not silent and (not screen.live or lines or verbosity > 0):
                lines.insert(0, _step(text, leaf, paint))
            return lines
        case events.BuildStepFailed():
            return _failed_step(event, paint, verbosity)
        case events.ProblemsFound(problems=problems, strict=strict):
            return problem_report(problems, paint, verbosity, strict=strict)
        case events.SourcesFromTheFuture(paths=paths):
            return [_from_the_future(paths, paint)]
        case events.GraphReady() if verbosity > 0:
            return [
                f"genode: programs: {event.programs}, libraries: {event.libraries}; descriptions: "
                f"{event.evaluated} evaluated, {event.reused} reused ({event.seconds:.2f} s)"
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
        case events.BuildStepFinished(number=number, total=total, leaf=leaf, text=text):
            return Status(f"{' '.join(text.split())} {leaf}".strip(), number, total)
        case events.BuildFinished() | events.BuildStepFailed() | events.ProblemsFound():
            return Status()
    return None


def _step(text: str, leaf: str, paint: Callable[..., str]) -> str:
    line = f"    {text}"
    return f"{line:<{_LEAF_COLUMN}} {paint(leaf, 'dim')}".rstrip() if leaf else line


def _summary(event: events.BuildFinished, paint: Callable[..., str]) -> str:
    if not event.steps:
        return f"genode: {paint('nothing to build', 'green')} ({event.seconds:.2f} s)"
    steps = "1 step" if event.steps == 1 else f"{event.steps} steps"
    if event.planned:
        return f"genode: {steps} to do"
    line = f"genode: {paint('built', 'green')}: {steps} in {event.seconds:.1f} s"
    if event.cache:
        compiled = event.cache.found + event.cache.missed
        line += f"; {event.cache.name}: {event.cache.found} of {compiled} cached"
    if event.longest:
        name = " ".join(event.longest.text.split())
        line += f"; longest: {event.longest.seconds:.1f} s, {name} ({event.longest.leaf})"
    return line


def _from_the_future(paths: tuple[str, ...], paint: Callable[..., str]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    are, their = ("are", "their") if more else ("is", "its")
    return (
        f"genode: {severity_word(Severity.WARNING, paint)}: {paths[0]}{more} {are} dated in "
        f"the future; comparing {their} content only; is the clock right?"
    )


def _failed_step(
    event: events.BuildStepFailed, paint: Callable[..., str], verbosity: int
) -> list[str]:
    how = "" if event.code is None else f" (exit status {event.code})"
    of = f" of {event.leaf}" if event.leaf else ""
    step = " ".join(event.text.split())
    lines = [f"genode: {severity_word(Severity.ERROR, paint)}: {step}{of} failed{how}"]
    output = event.output.rstrip("\n").splitlines()
    # The command of a compiler is long, and what the compiler says mostly tells enough.
    if event.command and (verbosity > 0 or not output):
        lines.append(paint(event.command, "dim"))
    lines += output
    hint = _hint(event)
    if not hint and event.command and verbosity == 0 and output:
        hint = "`genode -v make …` shows the command"
    return [*lines, f"  {hint_line(hint, paint)}"] if hint else lines


def _hint(event: events.BuildStepFailed) -> str:
    """Return what to do about a step that failed for reasons outside of the source tree."""
    if event.code == _COMMAND_NOT_FOUND:
        return "a program is missing: run `genode doctor` to see which, and how to install it"
    if "No space left on device" in event.output:
        return "free some space; the next call continues"
    if _NO_ENTRY.search(event.output):
        return "is a library missing from LIBS? A program needs `LIBS = base` at least"
    module = _MISSING_MODULE.search(event.output)
    if module:
        from genode_tool.programs.installing import install_programs  # reads settings

        how = install_programs([], [module[1]])
        return f"the Python that rules call has no module `{module[1]}`: {how}"
    return ""


def problem_report(
    problems: Iterable[Problem],
    paint: Callable[..., str],
    verbosity: int = 0,
    *,
    strict: bool = False,
) -> list[str]:
    """Return the lines that report all `problems`, by kind.

    Skips are counted unless asked for; when `strict`, they are errors like all others.
    """
    order = list(Trouble)
    lines: list[str] = []
    ranked = sorted(problems, key=lambda one: (order.index(one.trouble), one.subject))
    for trouble, group in groupby(ranked, key=lambda one: one.trouble):
        members = list(group)
        fails = trouble.fails or strict
        if not fails and verbosity <= 0:
            what = "1 target" if len(members) == 1 else f"{len(members)} targets"
            lines.append(f"genode: {what} skipped: {trouble.value} (-v lists them)")
            continue
        style = ("red", "bold") if fails else ("yellow", "bold")
        lines.append(f"genode: {paint(trouble.value, *style)} ({len(members)}):")
        lines += [f"  {line}" for line in _members(members, paint)]
    return lines


def _members(members: list[Problem], paint: Callable[..., str]) -> list[str]:
    """Return the lines of one group; what would be said several times comes last, once."""
    lines: list[str] = []
    alike = [one for one in members if one.remedy and one.remedy == members[0].remedy]
    if alike:
        width = max(len(one.subject) for one in alike)
        lines += [f"{one.subject:<{width}}  {paint(_needed(one), 'dim')}" for one in alike]
    hints = Counter(one.diagnostic.hint for one in members if one not in alike)
    for problem in members:
        if problem not in alike:
            lines += _problem(problem, paint, with_hint=hints[problem.diagnostic.hint] == 1)
    closing = [f"{alike[0].remedy} {' '.join(one.subject for one in alike)}"] if alike else []
    closing += [hint for hint, count in hints.items() if hint and count > 1]
    return lines + [hint_line(hint, paint) for hint in closing]


def _needed(problem: Problem) -> str:
    """Return who needs the subject of a problem, "" when that is not known."""
    needed = problem.chain[1:]
    if not needed:
        return ""
    others = f" and {problem.others} more" if problem.others else ""
    return f"needed by {' <- '.join(needed)}{others}"


def _problem(problem: Problem, paint: Callable[..., str], *, with_hint: bool) -> list[str]:
    needed = _needed(problem)
    shown = replace(
        problem.diagnostic,
        trail=(*((needed,) if needed else ()), *problem.diagnostic.trail),
        hint=problem.diagnostic.hint if with_hint else "",
    )
    return diagnostic_lines(shown, paint, below_heading=True)

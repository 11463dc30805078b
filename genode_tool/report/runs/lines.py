"""Renders the events of scenarios as lines, and the table at the end."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable, Sequence

from genode_tool.errors import Severity
from genode_tool.events import Event
from genode_tool.report.control import clean_line
from genode_tool.report.diagnostic import hint_line, severity_word
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal
from genode_tool.run import events
from genode_tool.run.terminal_bridge import LEAVE
from genode_tool.run.verdict import Verdict

_SHOWN_DIFFERENCES = 10


def lines_of(event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
    """Return the lines for `event`, none for one that shows nothing; None: not a run event."""
    paint = screen.paint
    match event:
        case events.ScenarioStarted():
            if verbosity < 0:
                return []
            place = f"{event.kernel}/{event.board}" if event.board else event.kernel
            count = f" ({event.index} of {event.total})" if event.total > 1 else ""
            return [f"genode: run {paint(event.scenario, 'bold')} on {place}{count}"]
        case events.SerialLine(text=text):
            return [] if verbosity < 0 else [clean_line(text, color=screen.color)]
        case events.ScriptOutput(text=text):
            return [] if verbosity < 0 else [clean_line(text, color=screen.color)]
        case events.ConfigurationWarning(text=text):
            word = severity_word(Severity.WARNING, paint)
            return [f"genode: {word}: {clean_line(text, color=screen.color)}"]
        case events.MachineStarted(command=command) if verbosity > 0:
            return [paint(f"genode: {shlex.join(command)}", "dim")]
        case events.DebuggerWanted(command=command, started=started, log=log):
            if started:
                return [f"genode: {shlex.join(command)}", f"genode: log: tail -f {log}"]
            return [f"genode: the system waits for a debugger: {shlex.join(command)}"]
        case events.PhaseEnded() if verbosity > 0:
            detail = f" {event.detail}" if event.detail else ""
            return [paint(f"genode: {event.phase.value}{detail} ({event.duration:.2f} s)", "dim")]
        case events.VerdictReached(verdict=verdict):
            lines = verdict_lines(verdict, paint, with_log=verbosity < 0)
            leaves = LEAVE if event.joined else "the end of the debugger"
            return [*lines, f"genode: the system keeps running; {leaves} leaves"]
        case events.ScenarioEnded(verdict=verdict):
            return verdict_lines(verdict, paint, with_log=verbosity < 0)
        case events.RunEvent():
            return []
    return None


def status_of(event: Event) -> Status | None:
    """Return what goes on from `event` on; a machine's log has the screen for itself."""
    match event:
        case events.PhaseStarted(phase=phase) if phase is not events.Phase.EXECUTE:
            return Status(phase.value)
        case events.MachineStarted() | events.ScenarioEnded():
            return Status()
    return None


def verdict_lines(verdict: Verdict, paint: Callable[..., str], *, with_log: bool) -> list[str]:
    """Return the lines that say how a scenario ended, with the evidence.

    `with_log` adds the last lines of the machine's log, for when they were not shown.
    """
    word = _outcome(verdict, paint)
    lines = [f"genode: {verdict.name}: {word} ({verdict.seconds:.1f} s)"]
    if verdict.outcome.good:
        if not verdict.passed and verdict.reason:
            lines[0] += f": {verdict.reason}"
        return lines
    where = f"{verdict.location}: " if verdict.location else ""
    if where or verdict.reason != verdict.outcome.word:
        lines.append(f"  {where}{verdict.reason}")
    evidence = verdict.evidence
    if evidence.expected:
        lines.append(f"  expected: {evidence.expected}")
    for difference in evidence.differences[:_SHOWN_DIFFERENCES]:
        lines.append(f"  line {difference.line + 1}:")
        lines.append(f"    expected: {difference.expected}")
        lines.append(f"    found:    {clean_line(difference.found, color=False)}")
    more = len(evidence.differences) - _SHOWN_DIFFERENCES
    if more > 0:
        lines.append(f"  … and {more} more lines that differ")
    if with_log and evidence.last_lines:
        lines.append("  last lines:")
        lines += [f"    {clean_line(line, color=False)}" for line in evidence.last_lines]
    if evidence.messages:
        lines.append("  QEMU printed:")
        lines += [f"    {clean_line(line, color=False)}" for line in evidence.messages]
    lines += [f"  {paint(entry, 'dim')}" for entry in verdict.trail]
    if verdict.hint:
        lines.append(f"  {hint_line(verdict.hint, paint)}")
    if verdict.record:
        lines.append(f"  record: {verdict.record}")
    return lines


def _outcome(verdict: Verdict, paint: Callable[..., str]) -> str:
    if verdict.passed:
        return paint(verdict.outcome.word, "green", "bold")
    return paint(verdict.outcome.word, *(("yellow",) if verdict.outcome.good else ("red", "bold")))


def summary_lines(verdicts: Sequence[Verdict], screen: Terminal) -> list[str]:
    """Return the table of several scenarios, with a closing line that counts them."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("scenario", "kernel", "board", "verdict"):
        table.add_column(name, no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("code", justify="right", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for one in verdicts:
        style = "green" if one.passed else "yellow" if one.outcome.good else "bold red"
        table.add_row(
            one.name,
            one.kernel,
            one.board,
            Text(one.outcome.word, style),
            f"{one.seconds:.1f}",
            str(one.exit_code),
            Text("" if one.passed else one.reason),
        )
    buffer = io.StringIO()
    Console(
        file=buffer,
        # A file or a pipe has no width: wide enough for most reasons to stay on one line.
        width=screen.width if screen.live else 160,
        force_terminal=screen.color,
        color_system="standard" if screen.color else None,
        highlight=False,
        legacy_windows=False,
    ).print(table)
    lines = [line.rstrip() for line in buffer.getvalue().splitlines()]
    failed = sum(not one.outcome.good for one in verdicts)
    skipped = sum(one.outcome.good and not one.passed for one in verdicts)
    passed = len(verdicts) - failed - skipped
    seconds = sum(one.seconds for one in verdicts)
    count = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    return [*lines, f"genode: {count} in {seconds:.1f} s"]

"""Renders the preparation of ports as lines."""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.errors import Severity
from genode_tool.events import Event, Note
from genode_tool.ports import events
from genode_tool.ports.fetch.problems import megabytes
from genode_tool.ports.fetch.progress import Activity, ActivityProgress
from genode_tool.report.diagnostic import diagnostic_lines, severity_word
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal

_COLUMN = 16
_LONGEST = 90


class PortVoice:
    """Knows what each port of a call is doing; one object per call."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._activities: dict[str, str] = {}
        self._ended = 0

    def lines_of(self, event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
        """Return the lines for `event`; None when it is not about ports."""
        paint = screen.paint
        match event:
            case events.PortStep():
                shown = verbosity > 0 or (verbosity == 0 and not screen.live)
                return [_step(event, paint)] if shown else []
            case events.PortStarted(port=port, resumed=resumed) if resumed and verbosity >= 0:
                steps = "1 step" if resumed == 1 else f"{resumed} steps"
                return [f"genode: {port}: resuming, {steps} done before"]
            case events.PortEvent(port=port, event=Note() as note):
                return _note(port, note, paint, verbosity)
            case events.PortFinished():
                return self._finished(event, paint, verbosity)
            case events.PortsFinished():
                return [_summary(event, paint)] if verbosity >= 0 or event.failed else []
            case events.PortStarted() | events.PortEvent():
                return []
        return None

    def status_of(self, event: Event) -> Status | None:
        """Return what all ports that are being worked on are doing."""
        match event:
            case events.PortStep(port=port, action=action, subject=subject):
                self._activities[port] = f"{action} {subject.rpartition('/')[2] or subject}"
            case events.PortEvent(port=port, event=ActivityProgress() as progress):
                self._activities[port] = _progress(progress)
            case events.PortFinished(port=port):
                self._activities.pop(port, None)
                self._ended += 1
            case events.PortsFinished():
                return Status()
            case _:
                return None
        text = " · ".join(f"{port}: {activity}" for port, activity in self._activities.items())
        return Status(text or "ports", self._ended, self._total)

    def _finished(
        self, event: events.PortFinished, paint: Callable[..., str], verbosity: int
    ) -> list[str]:
        if event.error is not None:
            lines = diagnostic_lines(event.error.diagnostic, paint)
            return [*lines, f"  {paint('log', 'cyan')}: {event.log}"] if event.log else lines
        if verbosity < 0 or (event.outcome is events.PortOutcome.PRESENT and verbosity < 1):
            return []
        how = paint(event.outcome.value, "green")
        time = "" if event.outcome is events.PortOutcome.PRESENT else f" in {event.seconds:.1f} s"
        where = f": {event.path}" if verbosity > 0 else ""
        return [f"genode: {event.port} {how}{time}{where}"]


def _step(event: events.PortStep, paint: Callable[..., str]) -> str:
    subject = event.subject
    if len(subject) > _LONGEST:
        subject = f"…{subject[-_LONGEST:]}"
    return f"    {paint(f'{event.port:<{_COLUMN}}', 'dim')} {event.action} {subject}"


def _note(port: str, note: Note, paint: Callable[..., str], verbosity: int) -> list[str]:
    if note.level == "warning":
        return [f"genode: {severity_word(Severity.WARNING, paint)}: {port}: {note.text}"]
    wanted = 1 if note.level == "detail" else 0
    return [f"genode: {port}: {note.text}"] if verbosity >= wanted else []


def _progress(progress: ActivityProgress) -> str:
    done = megabytes(progress.done)
    of = f" of {megabytes(progress.total)}" if progress.total else ""
    rate = (
        f", {megabytes(round(progress.rate))}/s" if progress.activity is Activity.DOWNLOAD else ""
    )
    return f"{progress.activity.value} {done}{of}{rate}"


def _summary(event: events.PortsFinished, paint: Callable[..., str]) -> str:
    parts = []
    if event.prepared:
        parts.append(paint(f"{_ports(event.prepared)} prepared", "green"))
    if event.downloaded:
        parts.append(paint(f"{_ports(event.downloaded)} downloaded", "green"))
    if event.present:
        parts.append(f"{_ports(event.present)} already prepared")
    if event.failed:
        parts.append(paint(f"failed: {', '.join(event.failed)}", "red", "bold"))
    if event.untried:
        parts.append(f"not tried: {', '.join(event.untried)}")
    return f"genode: {'; '.join(parts) or 'nothing to prepare'} ({event.seconds:.1f} s)"


def _ports(count: int) -> str:
    return "1 port" if count == 1 else f"{count} ports"

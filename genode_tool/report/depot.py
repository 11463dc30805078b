"""Renders the work on depot archives, and differences between them, as lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from genode_tool.depot import events
from genode_tool.depot.events import ArchiveOutcome
from genode_tool.depot.inspection.difference import Change, Difference
from genode_tool.events import Event
from genode_tool.report.diagnostic import diagnostic_lines
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal

_STYLES = {Change.ADDED: "green", Change.REMOVED: "red"}


class DepotVoice:
    """Words the events of making archives."""

    def lines_of(self, event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
        """Return the lines for `event`; None when it is not about archives."""
        match event:
            case events.ArchiveFinished(error=error) if error is not None:
                return diagnostic_lines(error.diagnostic, screen.paint)
            case events.ArchiveFinished():
                return self._finished(event, screen, verbosity)
            case events.ArchivesFinished():
                return [summary(event, screen)] if verbosity >= 0 else []
            case events.ArchiveStarted():
                return []
        return None

    def status_of(self, event: Event) -> Status | None:
        """Return which archive is being made."""
        match event:
            case events.ArchiveStarted(archive=archive, number=number, total=total):
                return Status(str(archive), number - 1, total)
            case events.ArchivesFinished():
                return Status()
        return None

    def _finished(
        self, event: events.ArchiveFinished, screen: Terminal, verbosity: int
    ) -> list[str]:
        if event.outcome is ArchiveOutcome.PRESENT and not event.previous:
            return [f"{event.archive} is up to date"] if verbosity > 0 else []
        if event.outcome is ArchiveOutcome.UNTRIED or verbosity < 0:
            return []
        note = f" {screen.paint('(new version)', 'yellow')}" if event.previous else ""
        return [f"{screen.paint(event.outcome.value, 'green')} {event.archive}{note}"]


def summary(event: events.ArchivesFinished, screen: Terminal) -> str:
    """Return the last line of a call."""
    counts = Counter(one.outcome for one in event.finished)
    parts = [f"{counts[one]} {one.value}" for one in ArchiveOutcome if counts[one]]
    failed = counts[ArchiveOutcome.FAILED] > 0
    count = len(event.finished)
    text = f"{count} archive{'' if count == 1 else 's'}: {', '.join(parts) or 'nothing to do'}"
    painted = screen.paint(text, "red" if failed else "green")
    return f"genode: {painted} ({event.seconds:.1f} s)"


def difference_lines(
    difference: Difference, paint: Callable[..., str], *, names_only: bool = False
) -> Iterator[str]:
    """Yield the lines for one difference."""
    style = _STYLES.get(difference.change, "yellow")
    yield paint(f"{difference.change.value} {difference.path}", style)
    if not names_only:
        for line in difference.lines[2:]:
            color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            yield paint(line, color) if color else line

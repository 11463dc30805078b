"""The sink of the command line: prints each event's lines, below them a progress bar if live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from genode_tool.errors import Diagnostic, Severity
from genode_tool.events import Event, Note, Warned
from genode_tool.report.control import clean_line, clean_lines
from genode_tool.report.diagnostic import diagnostic_lines, severity_word
from genode_tool.report.terminal import Terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(frozen=True, slots=True)
class Status:
    """The bottom line: `number` steps of `total` (0: unknown); without text there is none."""

    text: str = ""
    number: int = 0
    total: int = 0


class Voice(Protocol):
    """Knows how the events of one domain look, such as `report.build` and `report.runs.lines`."""

    def lines_of(self, event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
        """Return the lines for `event`; None when it belongs to another domain."""

    def status_of(self, event: Event) -> Status | None:
        """Return the new bottom line; None when `event` does not change it."""


class Reporter:
    """Shows events on `screen`, in the words of `voices`.

    `verbosity` is -1 for errors and verdicts alone, 0 normal, 1 for details. A context
    manager: on a live terminal it owns the bottom line until it is left.
    """

    def __init__(self, screen: Terminal, verbosity: int, voices: Sequence[Voice]) -> None:
        self._screen = screen
        self._verbosity = verbosity
        self._voices = voices
        self._bar = _Bar(screen) if screen.live and verbosity >= 0 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.show(Status())

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self._bar:
            for voice in self._voices:
                status = voice.status_of(event)
                if status:
                    self._bar.show(status)
        for line in self._lines(event):
            if self._bar:
                self._bar.print(line)
            else:
                self._screen.line(line)

    def _lines(self, event: Event) -> list[str]:
        if isinstance(event, Note):
            return self._note(event)
        if isinstance(event, Warned):
            return self._warned(event.diagnostic)
        for voice in self._voices:
            lines = voice.lines_of(event, self._screen, self._verbosity)
            if lines is not None:
                return lines
        return []

    def _warned(self, diagnostic: Diagnostic) -> list[str]:
        if diagnostic.severity is Severity.INFO and self._verbosity <= 0:
            return []
        return diagnostic_lines(diagnostic, self._screen.paint)

    def _note(self, note: Note) -> list[str]:
        if note.level == "warning":
            return [f"genode: {severity_word(Severity.WARNING, self._screen.paint)}: {note.text}"]
        wanted = 1 if note.level == "detail" else 0
        return [f"genode: {note.text}"] if self._verbosity >= wanted else []


class _Bar:
    """The bottom line of a live terminal."""

    def __init__(self, screen: Terminal) -> None:
        self._screen = screen
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def show(self, status: Status) -> None:
        """Update the bar, or remove it when there is nothing to show."""
        if not status.text:
            if self._progress:
                self._progress.stop()
                self._progress = self._task = None
            return
        if self._progress is None:
            self._start()
        assert self._progress and self._task is not None
        self._progress.update(
            self._task,
            description=clean_line(status.text, color=False),
            completed=status.number,
            total=status.total or None,
        )

    def print(self, line: str) -> None:
        """Write `line`, above the bar while there is one."""
        if self._progress is None:
            self._screen.line(line)
            return
        from rich.text import Text

        # The line is painted already. As a string, rich would take `[…]` in it for markup; without
        # soft_wrap, it would break paths at the edge of the terminal.
        shown = clean_lines(line, color=self._screen.color)
        self._progress.console.print(Text.from_ansi(shown), soft_wrap=True)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )
        from rich.table import Column

        console = Console(
            file=self._screen.stream,
            force_terminal=True,
            color_system="standard" if self._screen.color else None,
            highlight=False,
        )
        self._progress = Progress(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn(
                "{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1)
            ),
            console=console,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("", total=None)
        self._progress.start()

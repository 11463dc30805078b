"""The progress of one scenario as the outside sees it: phases, printed lines, evidence."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from genode_tool.events import Event, Note, Sink
from genode_tool.run.events import Phase, PhaseEnded, PhaseStarted
from genode_tool.run.record.transcript import Transcript
from genode_tool.run.scenario.time_limit import TimeLimit
from genode_tool.run.verdict import Evidence


class Progress:
    """Reports what a scenario does.

    `doing` is the phase that has begun and not ended, `expecting` the pattern that is being
    waited for; both are "" when there is none.
    """

    def __init__(
        self, scenario: str, sink: Sink, transcript: Transcript, limit: TimeLimit | None
    ) -> None:
        """Report to `sink`; the clock of `limit` stops while something is built."""
        self.scenario = scenario
        self.transcript = transcript
        self.doing = ""
        self.expecting = ""
        self._sink = sink
        self._limit = limit

    @property
    def seconds(self) -> float:
        """Seconds since the scenario began."""
        return time.monotonic() - self.transcript.started

    def emit(self, event: Event) -> None:
        """Report an event."""
        self._sink(event)

    def note(self, text: str) -> None:
        """Report something about the scenario that is not an error."""
        self.emit(Note(f"{self.scenario}: {text}"))

    @contextlib.contextmanager
    def phase(self, phase: Phase, detail: str = "") -> Iterator[None]:
        """Report a part of the run with its duration; one that fails is not reported as ended."""
        begun = self.seconds
        self.doing = f"{phase.value} {detail}".strip()
        self.emit(PhaseStarted(self.scenario, phase, begun, detail))
        building = phase is Phase.BUILD
        with self._limit.paused() if building and self._limit else contextlib.nullcontext():
            yield
        self.doing = ""
        now = self.seconds
        self.emit(PhaseEnded(self.scenario, phase, now, now - begun, detail))

    def print(self, text: str, *, error: bool = False, newline: bool = True) -> None:
        """Report what a script prints, line by line."""
        self.transcript.print(text, error=error, newline=newline)

    def warn(self, text: str) -> None:
        """Report a line on the script's standard error."""
        self.print(text, error=True)

    def evidence(self) -> Evidence:
        """Return the evidence for a verdict that is reached now."""
        self.transcript.settle()
        return Evidence(
            expected=self.expecting,
            last_lines=self.transcript.last_lines,
            messages=tuple(self.transcript.messages),
        )

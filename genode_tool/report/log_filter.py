"""Sinks that leave out machine logs before they reach the terminal."""

from __future__ import annotations

from genode_tool.events import Event, Sink
from genode_tool.run.events import ScriptOutput, SerialLine


def without_serial_lines(sink: Sink) -> Sink:
    """Return a sink for a run whose terminal shows the machine's log as it is."""

    def forward(event: Event) -> None:
        if not isinstance(event, SerialLine):
            sink(event)

    return forward


def without_logs(sink: Sink) -> Sink:
    """Return a sink for parallel runs, whose logs would mix line by line."""

    def forward(event: Event) -> None:
        if not isinstance(event, SerialLine | ScriptOutput):
            sink(event)

    return forward

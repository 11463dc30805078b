"""Sinks that leave out what would be in the way before it reaches the terminal."""

from __future__ import annotations

from genode_tool.events import Event, Sink
from genode_tool.run.events import ConfigurationWarning, ScriptOutput, SerialLine


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


class WithoutWarnings:
    """A sink for several runs: warnings about configurations are counted, not passed on.

    They stand in the records, in `configuration.log`.
    """

    def __init__(self, sink: Sink) -> None:
        self.count = 0
        self._sink = sink

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, ConfigurationWarning):
            self.count += 1
        else:
            self._sink(event)

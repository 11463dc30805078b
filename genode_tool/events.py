"""The events that domains report while they work: events first, rendering second.

A domain (`building`, `run`, …) defines its events as frozen dataclasses derived from `Event` and
hands them to the `Sink` it was given. `genode_tool.report` turns them into terminal output,
logs and files; no domain prints.
"""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.errors import Diagnostic
from genode_tool.record import record


@record
class Event:
    """Base of all events."""


@record
class Note(Event):
    """A line for the user. `level` is "info", "warning" or "detail" (shown with `-v`)."""

    text: str
    level: str = "info"


@record
class Warned(Event):
    """Something in the input deserves the user's attention; mere information with `-v` alone."""

    diagnostic: Diagnostic


Sink = Callable[[Event], None]


def discard(event: Event) -> None:
    """Drop an event; the sink of callers that are not interested."""

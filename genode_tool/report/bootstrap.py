"""Renders the events of building a tool chain."""

from __future__ import annotations

from genode_tool.events import Event
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal
from genode_tool.toolchain.bootstrap import events

_PERCENT = 100
_TEN_PERCENT = 10


class BootstrapVoice:
    """Reports one bootstrap; without a live display, it prints a line at each tenth of a step."""

    def __init__(self) -> None:
        self._told = 0

    def lines_of(self, event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
        """Return the lines for `event`; None when it belongs to another domain."""
        silent = verbosity < 0
        match event:
            case events.StepStarted():
                self._told = 0
                word = " (goes on)" if event.resumed else ""
                log = f"  {screen.paint(str(event.log), 'dim')}" if verbosity > 0 else ""
                return [] if silent else [f"{_place(event)} {event.title}{word}{log}"]
            case events.StepUpToDate():
                text = f"{_place(event)} {event.title}: done before"
                return [screen.paint(text, "dim")] if verbosity > 0 else []
            case events.StepProgress():
                percent = int(event.fraction * _PERCENT)
                if screen.live or silent or percent // _TEN_PERCENT <= self._told:
                    return []
                self._told = percent // _TEN_PERCENT
                return [f"{_place(event)} {_moving(event)}"]
            case events.StepFinished():
                if silent or event.seconds < 1:
                    return []
                return [f"{_place(event)} {event.title}: done in {duration(event.seconds)}"]
            case events.StepPlanned():
                mark = ": done before" if event.done else ""
                lines = [f"{_place(event)} {screen.paint(event.title, 'bold')}{mark}"]
                return lines if event.done else [*lines, *(f"    {one}" for one in event.commands)]
            case events.Installed():
                return _installed(event)
            case events.StepStopped():
                return []
        return None

    def status_of(self, event: Event) -> Status | None:
        """Return the bottom line from `event` on."""
        match event:
            case events.StepStarted():
                return Status(event.title, 0, _PERCENT)
            case events.StepProgress():
                return Status(_moving(event), int(event.fraction * _PERCENT), _PERCENT)
            case events.StepFinished() | events.StepStopped() | events.Installed():
                return Status()
        return None


def duration(seconds: float) -> str:
    """Return a time span as people say it: "12 s", "3:05 min", "1:02:03 h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h"


def _place(event: Event) -> str:
    assert isinstance(
        event,
        events.StepStarted
        | events.StepUpToDate
        | events.StepProgress
        | events.StepFinished
        | events.StepPlanned,
    )
    return f"[{event.number}/{event.total}]"


def _moving(event: events.StepProgress) -> str:
    text = f"{event.title}: {int(event.fraction * _PERCENT)} %"
    if event.seconds_left is not None:
        text += f", about {duration(event.seconds_left)} left"
    return f"{text}  {event.activity}".rstrip()


def _installed(event: events.Installed) -> list[str]:
    names = ", ".join(event.architectures)
    place = f"{event.prefix}" + (f", also as {event.current}" if event.current else "")
    return [
        f"genode: tool chain for {names} installed in {place} "
        f"({event.size / (1 << 20):.0f} MiB, {duration(event.wall_seconds)}, "
        f"{duration(event.cpu_seconds)} of processor time)"
    ]

"""Gathers what a set of runs left behind, for reports.

A `Collector` listens to the events of the engine and reads each scenario's record at the moment
its verdict comes: the next run of the same scenario would replace it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.events import Event
from genode_tool.regex import regex
from genode_tool.run.events import PhaseEnded, PhaseStarted, ScenarioEnded, ScenarioStarted
from genode_tool.run.record.run_record import SCREEN
from genode_tool.run.verdict import Verdict

_STAMP = regex(r" *([0-9]{1,12}\.[0-9]{3})  ", re.ASCII)
_LONGEST_LOG = 4 << 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a run; `start` counts in seconds from the run's start."""

    phase: str
    start: float
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a serial log; `seconds` since the run's start, None when it is not known."""

    seconds: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One run: verdict, times and record.

    `started` is in seconds since the set's start. `command` is what ran, `by_hand` what to type
    for the same; `modules` are the boot modules with their sizes in bytes.
    """

    verdict: Verdict
    started: float
    bars: tuple[Bar, ...] = ()
    log: tuple[Line, ...] = ()
    script_output: str = ""
    config: str = ""
    command: str = ""
    by_hand: str = ""
    modules: tuple[tuple[str, int], ...] = ()
    screen: bytes = b""


@dataclass(frozen=True, slots=True)
class RunSet:
    """All runs of one call, in the order of their ends; `began` is in seconds since 1970."""

    entries: tuple[Entry, ...]
    began: float
    seconds: float
    build_dir: Path

    @property
    def failed(self) -> int:
        """The number of runs that failed."""
        return sum(not entry.verdict.outcome.good for entry in self.entries)

    @property
    def skipped(self) -> int:
        """The number of scenarios that were skipped for a reason."""
        return sum(
            entry.verdict.outcome.good and not entry.verdict.passed for entry in self.entries
        )

    @property
    def passed(self) -> int:
        """The number of runs that did all that was demanded."""
        return sum(entry.verdict.passed for entry in self.entries)


@dataclass(slots=True)
class Collector:
    """A sink for the engine's events; `run_set` is what they amount to."""

    build_dir: Path
    began: float = field(default_factory=time.time)
    _clock: float = field(default_factory=time.monotonic)
    _entries: list[Entry] = field(default_factory=list)
    _starts: dict[str, float] = field(default_factory=dict)
    _bars: dict[str, list[Bar]] = field(default_factory=dict)
    _open: dict[str, list[PhaseStarted]] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Take in an event; others than those of scenarios are ignored."""
        now = time.monotonic() - self._clock
        match event:
            case ScenarioStarted(scenario=name):
                self._starts[name] = now
                self._bars[name] = []
                self._open[name] = []
            case PhaseStarted(scenario=name):
                self._open.setdefault(name, []).append(event)
            case PhaseEnded(scenario=name):
                self._open[name] = [
                    one for one in self._open.get(name, []) if one.phase is not event.phase
                ]
                start = event.seconds - event.duration
                bar = Bar(event.phase.value, start, event.duration, event.detail)
                self._bars.setdefault(name, []).append(bar)
            case ScenarioEnded(scenario=name, verdict=verdict):
                started = self._starts.pop(name, now - verdict.seconds)
                cut_off = [
                    Bar(one.phase.value, one.seconds, verdict.seconds - one.seconds, one.detail)
                    for one in self._open.pop(name, [])
                ]
                bars = (*self._bars.pop(name, ()), *cut_off)
                self._entries.append(_entry(verdict, started, bars))

    def run_set(self) -> RunSet:
        """Return what has been gathered so far."""
        seconds = time.monotonic() - self._clock
        return RunSet(tuple(self._entries), self.began, seconds, self.build_dir)


def _entry(verdict: Verdict, started: float, bars: tuple[Bar, ...]) -> Entry:
    record = verdict.record
    if record is None:
        return Entry(verdict, started, bars)
    commands = [line for line in _text(record / "command").split("\n") if line]
    screen = record / SCREEN
    return Entry(
        verdict,
        started,
        bars,
        log=tuple(_lines(_text(record / "serial.log"))),
        script_output=_text(record / "script.log"),
        config=_text(record / "config"),
        command=commands[0] if commands else "",
        by_hand=commands[-1] if commands else "",
        modules=_modules(_text(record / "modules.json")),
        screen=screen.read_bytes() if screen.is_file() else b"",
    )


def _text(path: Path) -> str:
    """Return a file's text, of a huge one its end; "" when it cannot be read."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _LONGEST_LOG))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""


def _lines(text: str) -> Iterable[Line]:
    # Not `splitlines`, which knows many more ends of lines.
    for line in text.removesuffix("\n").split("\n") if text else ():
        stamp = _STAMP.match(line)
        yield Line(float(stamp[1]), line[stamp.end() :]) if stamp else Line(None, line)


def _modules(text: str) -> tuple[tuple[str, int], ...]:
    try:
        return tuple((name, int(size)) for name, size in json.loads(text)["modules"].items())
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()

"""Events of fetching and unpacking."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

from genode_tool.events import Event, Sink
from genode_tool.ports.fetch.problems import without_password


class Activity(Enum):
    """The steps that take long enough to be shown."""

    DOWNLOAD = "download"
    CLONE = "clone"
    EXPORT = "export"
    LIST = "read package lists"
    EXTRACT = "extract"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class ActivityStarted(Event):
    """A step of one source began; `subject` is a URL or path."""

    source: str
    activity: Activity
    subject: str


@dataclass(frozen=True, slots=True)
class ActivityProgress(Event):
    """Progress of a step: `done` of `total` bytes (None: unknown), `rate` in bytes per second."""

    source: str
    activity: Activity
    done: int
    total: int | None
    rate: float


class ByteMeter:
    """Turns counts of bytes into at most ten `ActivityProgress` events per second."""

    def __init__(
        self, sink: Sink, source: str, activity: Activity, total: int | None = None, done: int = 0
    ) -> None:
        self._sink = sink
        self._source = source
        self._activity = activity
        self._total = total
        self._first = self._done = done
        self._began = self._reported = time.monotonic()

    def add(self, count: int) -> None:
        """Count `count` bytes more."""
        self._done += count
        now = time.monotonic()
        if now - self._reported >= 0.1:
            self._reported = now
            self._report(now)

    def end(self) -> None:
        """Report the final figure."""
        self._report(time.monotonic())

    def _report(self, now: float) -> None:
        rate = (self._done - self._first) / max(now - self._began, 1e-6)
        self._sink(ActivityProgress(self._source, self._activity, self._done, self._total, rate))


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """Reports the steps of the source called `source`."""

    sink: Sink
    source: str

    def begin(self, activity: Activity, subject: str) -> None:
        """Report the start of a step whose progress has no figures."""
        self.sink(ActivityStarted(self.source, activity, without_password(subject)))

    def download(self, url: str, total: int | None, done: int = 0) -> ByteMeter:
        """Report the start of a download; the meter reports its progress."""
        self.begin(Activity.DOWNLOAD, url)
        return ByteMeter(self.sink, self.source, Activity.DOWNLOAD, total, done)

"""Incremental builds, decided by content: ninja compares times, and times mislead.

A change of branch and back gives files a new time and their old content; an archive has other
content with an older time; a clock may jump. So before ninja runs, all sources are
compared with what they were, and ninja's log is amended (see `RecordedSteps`):

* a source has other content: the steps that read it are void, whatever the times are;
* a source has another time only: its steps are renewed, so that ninja does not run them.

After ninja, or before the next one when this one was killed, the build is settled: sources that
changed while it ran are held against the times at which steps began, newly found headers are
taken into the record, and what a failed or killed step has left half-written is void.

The amendments are written before the record of sources: whoever kills us between the two makes
the next call do the same once more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from genode_tool.building.events import SourcesFromTheFuture
from genode_tool.building.memory.stamps import CLOCK_GRANULARITY_NS, file_stamp
from genode_tool.building.memory.store import STATE, MemoryStore
from genode_tool.building.ninja.logs import DEPS_NAME, LOG_NAME, LogEntry, entries_since, log_place
from genode_tool.building.ninja.sources import RECORD_NAME, Differences, SourceRecord
from genode_tool.building.ninja.steps import RecordedSteps
from genode_tool.building.ninja.syntax import MANIFEST
from genode_tool.events import Sink, discard
from genode_tool.files import write_atomically
from genode_tool.record import record

_MARKER = "running"
_SKEW_NS = 1_000_000_000
_FUTURE_NS = 5_000_000_000


@record
class _Begin:
    """The moment before ninja runs.

    `wall` is the time of the clock and `boot` the time since the machine was started, `mark` the
    time of a file written then (all in ns), `log` inode and size of ninja's log.
    """

    wall: int
    boot: int
    mark: int
    log: tuple[int, int]

    @property
    def clock_was_set(self) -> bool:
        """Return whether the clock was set since then."""
        boot = _since_boot() - self.boot
        # Below 0 after a restart of the host: the two cannot be compared then.
        return boot >= 0 and abs(time.time_ns() - self.wall - boot) > _SKEW_NS


def _since_boot() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@record
class Forecast:
    """The start of the next build: the sources that differ, and ninja's amended log."""

    differences: Differences
    steps: RecordedSteps


def forecast(build_dir: Path, scratch: Path) -> Forecast:
    """Return how the next build will start; only copies of files, in `scratch`, are changed."""
    for name in (LOG_NAME, DEPS_NAME, RECORD_NAME, _MARKER):
        with contextlib.suppress(OSError):
            shutil.copyfile(build_dir / STATE / name, scratch / name)
    differences = IncrementalBuild(build_dir, discard, scratch).prepare()
    return Forecast(differences, RecordedSteps(build_dir, scratch))


class IncrementalBuild:
    """Accompanies one call of ninja in the build directory at `build_dir`.

    `state` is where ninja's logs and our record are, when they are copies.
    """

    def __init__(self, build_dir: Path, sink: Sink, state: Path | None = None) -> None:
        self._build_dir = build_dir
        self._sink = sink
        self._state = state or build_dir / STATE
        self._marker = self._state / _MARKER
        self._sources = SourceRecord(MemoryStore(self._state))
        self._begin: _Begin | None = None

    def prepare(self) -> Differences:
        """Amend ninja's log for what has changed since the last build, and return that."""
        killed = self._unfinished()
        if killed is not None:
            self._settle(killed, complete=False, once_more=True)
        differences = self._sources.compare()
        manifest = file_stamp(str(self._build_dir / MANIFEST))
        other = manifest != self._sources.manifest
        if differences.changed or differences.touched or other:
            self._amend(differences, other_steps=other)
            self._sources.manifest = manifest
            self._sources.save()
        if killed is not None:
            self._marker.unlink(missing_ok=True)
        return differences

    def start(self) -> None:
        """Record that ninja is about to run."""
        wall, boot, log = time.time_ns(), _since_boot(), log_place(self._state)
        write_atomically(self._marker, f"{wall} {boot} {log[0]} {log[1]}")
        # Read back for the time that the file system gave it: outputs are dated by the same clock.
        self._begin = self._unfinished()

    def finish(self, *, idle: bool, complete: bool) -> None:
        """Record what ninja did; `idle`: it ran no step, `complete`: none of them failed."""
        if self._begin is not None and not idle:
            self._settle(self._begin, complete=complete)
        self._marker.unlink(missing_ok=True)

    def _unfinished(self) -> _Begin | None:
        """Return when a build started that was interrupted before it settled."""
        try:
            mark = os.stat(self._marker).st_ctime_ns  # noqa: PTH116 - each build, also an idle one
            wall, boot, inode, size = map(int, self._marker.read_text().split())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            # A damaged marker: with time 0, whatever exists counts as written by that build.
            return _Begin(0, 0, 0, (0, 0))
        return _Begin(wall, boot, mark, (inode, size))

    def _amend(self, differences: Differences, *, other_steps: bool) -> None:
        """Hand differences on to ninja's log."""
        steps = RecordedSteps(self._build_dir, self._state)
        sources = self._sources
        if sources.fresh:
            self._adopt(steps)
            return
        changed = differences.changed
        if other_steps:
            known = steps.sources()
            sources.keep_only(known)
            changed = changed | sources.add(known)
        for path in changed:
            for output in steps.made_from(path):
                steps.void(output)
        self._renew(steps, differences.touched)
        steps.save()
        self._warn(changed | differences.touched)

    def _adopt(self, steps: RecordedSteps) -> None:
        """Begin a record: ninja's view of what is up to date is the one that counts."""
        new = self._sources.add(steps.sources())
        for path in new:
            for output in steps.made_from(path):
                if steps.log[output].stamp < self._sources.time(path):
                    steps.void(output)
        steps.save()
        self._warn(new)

    def _renew(self, steps: RecordedSteps, paths: Iterable[str]) -> None:
        """Renew the steps that read `paths`, whose content is what it was."""
        times = {path: self._sources.time(path) for path in self._sources.known}
        for output in dict.fromkeys(one for path in paths for one in steps.made_from(path)):
            steps.renew(output, times)

    def _settle(self, begin: _Begin, *, complete: bool, once_more: bool = False) -> None:
        """Record what a build did that began at `begin`.

        `once_more`: an earlier call may have begun to do so.
        """
        sources = self._sources
        steps = RecordedSteps(self._build_dir, self._state)
        ran = self._ran(begin, once_more=once_more)
        certain = not begin.clock_was_set

        def began_after(output: str, change: int) -> bool:
            entry = ran.get(output)
            return (
                certain
                and entry is not None
                # `start` counts from ninja's start, which was after `wall`: never too late.
                and change + CLOCK_GRANULARITY_NS <= begin.wall + entry.start * 1_000_000
            )

        differences = sources.compare()
        new = sources.add(steps.sources())
        for path in differences.touched:
            change = sources.change_time(path)
            for output in steps.made_from(path):
                if output in ran and not began_after(output, change):
                    steps.void(output)
        for path in new:
            change = sources.change_time(path)
            # A header that is new to the record may have been read before it changed.
            if not certain or change >= begin.mark:
                differences.changed.add(path)
        for path in differences.changed:
            # A source that is gone shows no change time: it may have been deleted just now.
            change = sources.change_time(path) if path in sources.known else time.time_ns()
            for output in steps.made_from(path):
                if not began_after(output, change):
                    steps.void(output)
        if not complete:
            self._void_remains(steps, begin, ran)
        self._void_users(steps, begin, ran)
        now = time.time_ns()
        future = {path for path in sources.known if sources.time(path) > now}
        self._renew(steps, differences.touched | future)
        steps.save()
        sources.save()
        self._warn(new)

    def _ran(self, begin: _Begin, *, once_more: bool) -> dict[str, LogEntry]:
        """Return the steps that succeeded since `begin`.

        When an earlier settling of this build was cut off, there are lines of our own, which
        repeat the times of a step's run. They are left out; so are then steps that took exactly
        the milliseconds that they took before, which run again.
        """
        entries, same = entries_since(self._state, begin.log)
        if not same:
            now = time.time_ns()
            # ninja has rewritten its log, and the place in the former one means nothing.
            entries = [one for one in entries if begin.mark <= one.stamp <= now]
            return {entry.output: entry for entry in entries}
        if not once_more:
            return {entry.output: entry for entry in entries}
        everything, _ = entries_since(self._state, (0, 0))
        times = {
            one.output: (one.start, one.end) for one in everything[: len(everything) - len(entries)]
        }
        ran = {}
        for entry in entries:
            if times.get(entry.output) != (entry.start, entry.end):
                ran[entry.output] = entry
                times[entry.output] = (entry.start, entry.end)
        return ran

    def _void_remains(self, steps: RecordedSteps, begin: _Begin, ran: dict[str, LogEntry]) -> None:
        """Make void what was written by steps that failed or were killed."""
        for output in steps.outputs():
            if output in steps.log and output not in ran:
                try:
                    found = os.lstat(self._build_dir / output)
                except OSError:
                    continue
                # The change time as well: a tool like tar or cp -p sets back the other one.
                if max(found.st_mtime_ns, found.st_ctime_ns) >= begin.mark:
                    steps.void(output)

    def _void_users(self, steps: RecordedSteps, begin: _Begin, ran: dict[str, LogEntry]) -> None:
        """Make void what only seems younger than the inputs made in this build.

        It was made before, when the clock was ahead, or renewed for a source from the future.
        """
        for output, entry in steps.log.items():
            suspect = entry.stamp > begin.wall and output not in ran
            if suspect and any(one in ran for one in steps.inputs(output)):
                steps.void(output)

    def _warn(self, paths: Iterable[str]) -> None:
        """Report which of `paths` are dated in the future."""
        limit = time.time_ns() + _FUTURE_NS
        sources = self._sources
        found = sorted(
            path for path in paths if path in sources.known and sources.time(path) > limit
        )
        if found:
            self._sink(SourcesFromTheFuture(tuple(found)))

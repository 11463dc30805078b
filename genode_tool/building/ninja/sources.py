"""The record of a build directory's sources, as the last build observed them.

Sources are the files that build steps read and no step makes: absolute names in the ninja file
and in ninja's log of header dependencies. Each is an observation with a stamp (times, size,
inode) and a digest of its content; an equal stamp spares the digest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from genode_tool.building.memory.observation import Look, Observation
from genode_tool.building.memory.stamps import Stamp, digest_of_file, file_stamp, is_racy
from genode_tool.building.memory.store import MemoryStore
from genode_tool.record import field, record

RECORD_NAME = "sources"
_FORM = "sources 4"


def observe_source(path: str) -> Observation | None:
    """Return the observation of a source as it is now; None when it is missing."""
    key = (Look.SOURCE, path)
    stamp = file_stamp(path)
    if stamp is None:
        return None
    digest = _digest(path, stamp)
    if file_stamp(path) != stamp:
        return Observation(key, "", (path, stamp), racy=True)  # somebody is writing to it
    return Observation(key, digest, (path, stamp), is_racy(stamp, time.time_ns()))


def _digest(path: str, stamp: Stamp) -> str:
    """Return a digest of a file's content; times count for directories and the unreadable."""
    if not os.path.isfile(path):  # noqa: PTH113 - thousands of times
        return f"no file {stamp[0]}"
    return digest_of_file(path) or f"unreadable {stamp}"


@record(frozen=False)
class Differences:
    """The sources that differ from the record: in content, or only in their stamps."""

    changed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)


class SourceRecord:
    """All known sources, recorded in `store`.

    `manifest` is the stamp of the ninja file that they were taken from; `fresh`: there was no
    record.
    """

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.known: dict[str, Observation] = {}
        self.manifest: Stamp | None = None
        data = store.read(RECORD_NAME, _FORM)
        self.fresh = data is None
        if data is not None:
            self.manifest, known = data
            self.known = {one[0][1]: Observation._make(one) for one in known}

    def compare(self) -> Differences:
        """Observe all known sources again, record them, return the differences."""
        found = Differences()
        for path, before in list(self.known.items()):
            stamp = before.stamp[1]
            if not before.racy and file_stamp(path) == stamp:
                continue
            now = observe_source(path)
            if now is None:
                found.changed.add(path)
                del self.known[path]
                continue
            self.known[path] = now
            if now.result != before.result or not before.result:
                found.changed.add(path)
            elif now.stamp[1] != stamp:
                found.touched.add(path)
        return found

    def add(self, paths: Iterable[str]) -> set[str]:
        """Record further sources; return those that exist."""
        new = set()
        for path in paths:
            seen = observe_source(path) if path not in self.known else None
            if seen is not None:
                self.known[path] = seen
                new.add(path)
        return new

    def keep_only(self, paths: set[str]) -> None:
        """Forget all sources but these."""
        for path in self.known.keys() - paths:
            del self.known[path]

    def time(self, path: str) -> int:
        """Return the modification time of a known source, in ns."""
        modified: int = self.known[path].stamp[1][0]
        return modified

    def change_time(self, path: str) -> int:
        """Return when the content of a known source may last have changed, in ns."""
        changed: int = self.known[path].stamp[1][1]
        return changed

    def save(self) -> None:
        """Write the record."""
        known = [tuple(one) for one in self.known.values()]
        self._store.write(RECORD_NAME, _FORM, (self.manifest, known))
        self.fresh = False

"""What the sources of a build directory were like when they were last looked at.

Sources are the files that build steps read and no step makes: absolute names in the ninja file
and in ninja's log of header dependencies. Each is known by its stamp (times, size, inode) and a
digest of its content; an equal stamp spares the digest.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.building.memory.stamps import digest_of_file, file_stamp
from genode_tool.files import write_atomically
from genode_tool.recall import sealed, unsealed

RECORD_NAME = "sources"
_FORMAT = "sources 2"

TICK_NS = 10_000_000
"""File systems take times from a clock that advances this seldom, at worst."""

Seen = tuple[tuple[int, ...], str, bool]
"""Stamp, digest, and whether the file was so young that a later change may have that stamp."""


def look(path: str) -> Seen | None:
    """Return what a source is like now; None when it is gone."""
    stamp = file_stamp(path)
    if stamp is None:
        return None
    digest = _digest(path, stamp)
    if file_stamp(path) != stamp:
        return stamp, "", True  # somebody is writing to it
    return stamp, digest, stamp[1] > time.time_ns() - 2 * TICK_NS


def _digest(path: str, stamp: tuple[int, ...]) -> str:
    """Return a digest of what a file holds; times count for directories and the unreadable."""
    if not os.path.isfile(path):  # noqa: PTH113 - thousands of times
        return f"no file {stamp[0]}"
    return digest_of_file(path) or f"unreadable {stamp}"


@dataclass(slots=True)
class Differences:
    """How sources differ from what they were: other content, or only another stamp."""

    changed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)


class SourceRecord:
    """All known sources, recorded in the directory `state`.

    `manifest` is the stamp of the ninja file that they were taken from; `fresh`: there was no
    record.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / RECORD_NAME
        self.known: dict[str, Seen] = {}
        self.manifest: tuple[int, ...] | None = None
        self.fresh = True
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            form, manifest, known = unsealed(self._path.read_bytes())
            if form == _FORMAT:
                self.known, self.manifest, self.fresh = known, manifest, False

    def compare(self) -> Differences:
        """Look at all known sources again, take over what they are like, tell the differences."""
        found = Differences()
        for path, (stamp, digest, young) in list(self.known.items()):
            if not young and file_stamp(path) == stamp:
                continue
            now = look(path)
            if now is None:
                found.changed.add(path)
                del self.known[path]
                continue
            self.known[path] = now
            if now[1] != digest or not digest:
                found.changed.add(path)
            elif now[0] != stamp:
                found.touched.add(path)
        return found

    def add(self, paths: Iterable[str]) -> set[str]:
        """Get to know further sources; return those that are there."""
        new = set()
        for path in paths:
            seen = look(path) if path not in self.known else None
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
        return self.known[path][0][0]

    def change_time(self, path: str) -> int:
        """Return when the content of a known source may last have changed, in ns."""
        return self.known[path][0][1]

    def save(self) -> None:
        """Write the record."""
        content: tuple[str, tuple[int, ...] | None, Mapping[str, Seen]]
        content = (_FORMAT, self.manifest, self.known)
        write_atomically(self._path, sealed(content))
        self.fresh = False

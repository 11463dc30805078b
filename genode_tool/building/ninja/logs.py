"""Reading the two logs of ninja: which steps ran, and which files they were found to depend on.

The log of steps has lines of start and end (milliseconds since ninja started), a time stamp (ns),
an output and a digest of the command. The log of dependencies is binary (ninja's `deps_log.h`).
"""

from __future__ import annotations

import contextlib
import os
import struct
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

from genode_tool.record import record

LOG_NAME = ".ninja_log"
DEPS_NAME = ".ninja_deps"
"""The logs of steps and of header dependencies, below the directory of ninja's state."""

LOG = f"var/genode/{LOG_NAME}"
"""The log of steps, relative to a build directory."""

VOID = "0"
"""The digest of no command."""

_SIGNATURE = b"# ninjadeps\n"
_VERSION = 4
_DEPS_RECORD = 0x80000000


@record
class LogEntry:
    """A step that ran: `start` and `end` in milliseconds, `stamp` in nanoseconds."""

    start: int
    end: int
    stamp: int
    output: str
    digest: str

    @property
    def seconds(self) -> float:
        """The duration of the step."""
        return (self.end - self.start) / 1000


def log_entries(lines: Iterable[str]) -> Iterator[LogEntry]:
    """Parse lines of the log; damaged ones, which a killed ninja leaves, are skipped."""
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) == 5:
            with contextlib.suppress(ValueError):
                start, end, stamp = (int(field) for field in fields[:3])
                yield LogEntry(start, end, stamp, fields[3], fields[4])


def entries_since(state: Path, place: tuple[int, int]) -> tuple[list[LogEntry], bool]:
    """Return the log's entries from `place` (inode and size of the log then) on.

    The second value is False when the log is another file now: ninja rewrites it now
    and then. All entries are returned then.
    """
    inode, size = place
    try:
        with (state / LOG_NAME).open("rb") as log:
            same = not inode or os.fstat(log.fileno()).st_ino == inode
            log.seek(size if same else 0)
            text = log.read().decode(errors="surrogateescape")
    except OSError:
        return [], True
    return list(log_entries(text.split("\n"))), same


def log_place(state: Path) -> tuple[int, int]:
    """Return inode and size of the log; zeros when there is none."""
    try:
        found = os.stat(state / LOG_NAME)  # noqa: PTH116 - each build, also an idle one
    except OSError:
        return 0, 0
    return found.st_ino, found.st_size


def read_deps(state: Path) -> dict[str, tuple[str, ...]]:
    """Return what each output was found to depend on (format: `deps_log.h` of ninja)."""
    try:
        data = (state / DEPS_NAME).read_bytes()
    except OSError:
        return {}
    start = len(_SIGNATURE) + 4
    if not data.startswith(_SIGNATURE) or data[start - 4 : start] != struct.pack("<i", _VERSION):
        return {}
    paths: list[str] = []
    found: dict[int, bytes] = {}
    size_of = struct.Struct("<I").unpack_from
    while start + 4 <= len(data):
        (size,) = size_of(data, start)
        start += 4
        end = start + (size & ~_DEPS_RECORD)
        if end > len(data):
            break  # a killed ninja wrote half of it
        if size & _DEPS_RECORD:
            # number of the output, a time of eight bytes, numbers of what it depends on
            found[size_of(data, start)[0]] = data[start + 12 : end]
        else:
            # a path, up to three bytes of padding, a checksum of four bytes
            name = data[start : end - 4].rstrip(b"\0")
            paths.append(name.decode(errors="surrogateescape"))
        start = end
    try:
        return {
            paths[output]: tuple(paths[one] for one in array("I", numbers))
            for output, numbers in found.items()
        }
    except (IndexError, ValueError):
        return {}

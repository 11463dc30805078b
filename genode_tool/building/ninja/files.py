"""What ninja knows of the steps: their edges, their log, and what they were found to read.

The log of steps is also where we tell ninja what we know better: by further lines, since the
last line of an output counts. A line with another digest makes ninja run the step; one with a
later time makes it take the inputs for unchanged (rules have `restat`, so that this time alone
is compared with those of the inputs).
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from genode_tool.building.ninja.reading import LogEntry, log_entries, read_manifest

LOG_NAME = ".ninja_log"
DEPS_NAME = ".ninja_deps"
"""The logs of steps and of header dependencies, below the directory of ninja's state."""

VOID = "0"
"""The digest of no command."""

_SIGNATURE = b"# ninjadeps\n"
_VERSION = 4
_DEPS_RECORD = 0x80000000


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


class Steps:
    """The steps of a build directory, with a log that can be amended; `state` has ninja's logs."""

    def __init__(self, build_dir: Path, state: Path) -> None:
        self._build_dir = build_dir
        self._state = state
        self._edges = read_manifest(build_dir, errors="surrogateescape")
        self._deps = read_deps(state)
        entries, _ = entries_since(state, (0, 0))
        self.log = {entry.output: entry for entry in entries}
        self._lines: dict[str, LogEntry] = {}
        self._users: dict[str, list[str]] | None = None

    def sources(self) -> set[str]:
        """Return everything that steps read outside of the build directory and none makes."""
        found = set[str]()
        for edge in self._edges.values():
            found.update(edge.inputs)
        for paths in self._deps.values():
            found.update(paths)
        own = f"{self._build_dir}/"
        return {
            path
            for path in found
            if path.startswith("/") and not path.startswith(own) and path not in self._edges
        }

    def outputs(self) -> Iterable[str]:
        """Return what the steps of the ninja file make."""
        return (output for output, edge in self._edges.items() if edge.command)

    def made_from(self, path: str) -> list[str]:
        """Return the outputs in the log whose steps read `path`."""
        if self._users is None:
            self._users = {}
            for output, entry in self.log.items():
                if entry.digest != VOID:
                    for one in self.inputs(output):
                        self._users.setdefault(one, []).append(output)
        return self._users.get(path, [])

    def inputs(self, output: str) -> tuple[str, ...]:
        """Return what the step that makes `output` reads, as far as its times count."""
        edge = self._edges.get(output)
        first = edge.outputs[0] if edge else output
        return (*(edge.inputs if edge else ()), *self._deps.get(first, ()))

    def void(self, output: str) -> None:
        """Have the step that makes `output` run again."""
        edge = self._edges.get(output)
        for one in edge.outputs if edge else (output,):
            entry = self.log.get(one)
            if entry is not None and entry.digest != VOID:
                self._amend(replace(entry, digest=VOID))

    def renew(self, output: str, times: Mapping[str, int]) -> None:
        """Have ninja take what `output` was made from for unchanged.

        `times` are those of the inputs that are known to be what they were, in ns. When another
        input is newer than the step, or not there, everything stays as it is.
        """
        entry = self.log[output]
        latest = entry.stamp
        for one in self.inputs(output):
            time = times.get(one)
            if time is not None:
                latest = max(latest, time)
                continue
            try:
                if os.stat(self._build_dir / one).st_mtime_ns > entry.stamp:  # noqa: PTH116
                    return
            except OSError:
                return
        if latest > entry.stamp and entry.digest != VOID:
            self._amend(replace(entry, stamp=latest))

    def _amend(self, entry: LogEntry) -> None:
        self._lines[entry.output] = self.log[entry.output] = entry

    def save(self) -> None:
        """Append what was amended to the log, in one piece."""
        if not self._lines:
            return
        text = "".join(_line(entry) for entry in self._lines.values())
        path = self._state / LOG_NAME
        with path.open("r+b", buffering=0) as log:
            if log.seek(0, os.SEEK_END):
                log.seek(-1, os.SEEK_END)
                text = text if log.read(1) == b"\n" else "\n" + text
            log.write(text.encode(errors="surrogateescape"))
        self._lines = {}


def _line(entry: LogEntry) -> str:
    return f"{entry.start}\t{entry.end}\t{entry.stamp}\t{entry.output}\t{entry.digest}\n"


def entries_since(state: Path, place: tuple[int, int]) -> tuple[list[LogEntry], bool]:
    """Return the log's entries from `place` (inode and size of the log then) on.

    The second value is False when the log is another file now: ninja writes it anew every now
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

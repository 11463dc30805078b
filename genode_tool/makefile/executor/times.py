"""Modification times as make sees them: cached, pretended, found on the search path.

GNU make manual, "Avoiding Recompilation of Some Files", "Instead of Executing Recipes", "How
Directory Searches are Performed".
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

from genode_tool.makefile import archives
from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.makefile.rules.search_path import directories

NONE = -1
OLD = 0
NEW = 1 << 80
SECOND = 1_000_000_000


class ClockSkew:
    """Warns about the first file from the future, written by a machine whose clock differs."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._now = 0
        self.detected = False

    def look(self, name: str, time_ns: int) -> None:
        """Warn if `time_ns` is in the future, once for all files."""
        if self.detected or time_ns <= self._now:
            return
        self._now = time.time_ns()
        if time_ns > self._now:
            self.detected = True
            seconds = (time_ns - self._now) / 1e9
            text = f"{seconds:.0f}" if seconds >= 99 else f"{seconds:.2g}"
            self._warn(f"Warning: File '{name}' has modification time {text} s in the future")

    def conclude(self) -> None:
        """Warn at the end of a run if there was clock skew."""
        if self.detected:
            self._warn("warning:  Clock skew detected.  Your build may be incomplete.")


class Times:
    """The modification times of files, in nanoseconds; `NONE` for what does not exist."""

    def __init__(self, graph: Graph, options: Options, skew: ClockSkew | None = None) -> None:
        self._graph = graph
        self._skew = skew
        self._links = options.check_symlink_times
        self._known: dict[str, int] = {}
        # For a file with double-colon rules, the option has no effect.
        targets = graph.rules.targets
        old = [_plain(name) for name in options.old_files]
        old = [name for name in old if name not in targets or not targets[name].double]
        self._known.update(dict.fromkeys(old, OLD))
        self.old = frozenset(old)
        self._new: frozenset[str] = frozenset()
        # Files that were made here: they are not searched for any more.
        self._here: set[str] = set()
        self.assume_new(options.new_files)
        self._gpath = frozenset(
            directories(graph.ev.value("GPATH") if "GPATH" in graph.ev.globals else "")
        )
        self._coarse = graph.rules.special(".LOW_RESOLUTION_TIME") or frozenset()

    def assume_new(self, names: Iterable[str]) -> None:
        """Count these files, and no others, as changed just now (`-W`)."""
        new = frozenset(_plain(name) for name in names)
        for name in self._new - new:
            self._known.pop(name, None)
        for name in new - self._new:
            self._known[name] = NEW
        self._new = new
        self._graph.assumed = self.old | new

    def of(self, file: File) -> int:
        """Return the time of a file; one that is not in its place is searched for."""
        known = self._known.get(file.name)
        if known is not None:
            return known
        parts = archives.divide(file.name) if file.name.endswith(")") else None
        if parts is not None and (parts[0] in self._graph.files or self._graph.stat(parts[0])):
            # The archive counts as it was before its members are made.
            self.of(self._graph.file(parts[0]))
        found = self._stat(file.name)
        if found == NONE and not file.phony and file.name not in self._here:
            place = self._graph.search_path(file.name)
            if place is not None:
                found = self._known.get(place, NONE)
                if found == NONE:
                    found = self._stat(place)
                if found != NONE or archives.divide(place) is not None:
                    file.found = place
        self._known[file.name] = found
        return found

    @property
    def named(self) -> frozenset[str]:
        """The files that `-o` and `-W` name."""
        return self.old | self._new

    def coarse(self, file: File) -> bool:
        """Tell whether the time of a file counts in whole seconds."""
        return file.name in self._coarse or archives.divide(file.name) is not None

    def kept_place(self, file: File) -> bool:
        """Tell whether a file that is remade stays where the search path found it.

        GPATH says so; a member stays in its archive.
        """
        if archives.divide(file.found) is not None:
            return True
        return file.found != file.name and file.found.rpartition("/")[0] in self._gpath

    def forget(self, file: File) -> None:
        """Ask again for the time of a file whose recipe ran."""
        self._known.pop(file.name, None)
        if file.found == file.name:
            self._here.add(file.name)

    def pretend(self, file: File, value: int) -> None:
        """Count a file as made now (`NEW`)."""
        self._known[file.name] = value

    def _stat(self, name: str) -> int:
        found = self._graph.stat(name)
        if found is None:
            return NONE
        time_ns = found.mtime_ns
        if self._links:
            time_ns = max(time_ns, _newest_link(self._graph.ev.path(name)))
        if self._skew is not None:
            self._skew.look(name, time_ns)
        return time_ns


def touch(path: str) -> None:
    """Set the time of a file to now; make it when it is not there. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    os.close(descriptor)
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def touch_member(path: str, name: str, archive: str) -> str:
    """Set the time of the member `name` of the archive at `path` to now.

    Returns what is wrong, "" when all is well. `archive` is the name of the archive in messages.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            content = file.read()
    except FileNotFoundError:
        return f"touch: Archive '{archive}' does not exist"
    except OSError as error:
        return f"touch: {archive}: {error.strerror}"
    if not archives.is_archive(content):
        return f"touch: '{archive}' is not a valid archive"
    member = archives.find(content, name)
    if member is None:
        return f"touch: Member '{name}' does not exist in '{archive}'"
    position, field = archives.date_field(member, int(time.time()))
    with open(path, "r+b") as stream:  # noqa: PTH123
        stream.seek(position)
        stream.write(field)
    return ""


def _newest_link(path: str) -> int:
    """Return the latest time of the symbolic links that `path` leads through, `NONE` without."""
    newest = NONE
    seen: set[str] = set()
    while path not in seen and os.path.islink(path):  # noqa: PTH114
        seen.add(path)
        newest = max(newest, os.lstat(path).st_mtime_ns)
        target = os.readlink(path)  # noqa: PTH115
        path = os.path.join(os.path.dirname(path), target)  # noqa: PTH118, PTH120
    return newest


def _plain(name: str) -> str:
    while name.startswith("./") and len(name) > 2:
        name = name[2:]
    return name

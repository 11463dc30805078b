"""Modification times as make counts them: remembered, pretended, searched for.

GNU make manual, "Avoiding Recompilation of Some Files", "Instead of Executing Recipes", "How
Directory Searches are Performed".
"""

from __future__ import annotations

import os
import time

from genode_tool.makefile.executor.options import Options
from genode_tool.makefile.graph import File, Graph
from genode_tool.makefile.searchpath import directories

NONE = -1
OLD = 0
NEW = 1 << 80


class Times:
    """The modification times of files, in nanoseconds; `NONE` for what does not exist."""

    def __init__(self, graph: Graph, options: Options) -> None:
        self._graph = graph
        self._known: dict[str, int] = {}
        for name in options.old_files:
            self._known[_plain(name)] = OLD
        for name in options.new_files:
            self._known[_plain(name)] = NEW
        self._gpath = frozenset(
            directories(graph.ev.value("GPATH") if "GPATH" in graph.ev.globals else "")
        )
        self.old = frozenset(_plain(name) for name in options.old_files)

    def of(self, file: File) -> int:
        """Return the time of a file; one that is not in its place is searched for."""
        known = self._known.get(file.name)
        if known is not None:
            return known
        found = self._stat(file.name)
        if found == NONE and not file.phony:
            place = self._graph.search_path(file.name)
            if place is not None:
                found = self._known.get(place, NONE)
                if found == NONE:
                    found = self._stat(place)
                if found != NONE:
                    file.found = place
        self._known[file.name] = found
        return found

    def kept_place(self, file: File) -> bool:
        """Tell whether a file that is remade stays where the search path found it (GPATH)."""
        return file.found != file.name and file.found.rpartition("/")[0] in self._gpath

    def forget(self, file: File) -> None:
        """Look again at a file whose recipe ran."""
        self._known.pop(file.name, None)

    def pretend(self, file: File, value: int) -> None:
        """Count a file as made now (`NEW`)."""
        self._known[file.name] = value

    def _stat(self, name: str) -> int:
        found = self._graph.stat(name)
        return NONE if found is None else found.mtime_ns


def touch(path: str) -> None:
    """Set the time of a file to now; make it when it is not there. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    os.close(descriptor)
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _plain(name: str) -> str:
    while name.startswith("./") and len(name) > 2:
        name = name[2:]
    return name

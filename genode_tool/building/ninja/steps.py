"""The recorded steps of a build directory, with a log that can be amended.

The log of steps is also where ninja is corrected: by further lines, since the last line of an
output counts. A line with another digest makes ninja run the step; one with a
later time makes it take the inputs for unchanged (rules have `restat`, so that this time alone
is compared with those of the inputs).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from genode_tool.building.ninja.logs import LOG_NAME, VOID, LogEntry, entries_since, read_deps
from genode_tool.building.ninja.syntax import read_manifest
from genode_tool.record import replace


class RecordedSteps:
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
        # ninja logs the headers of a step with several outputs for the first of them.
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
                # A killed ninja may have left half a line, which ours must not continue.
                text = text if log.read(1) == b"\n" else "\n" + text
            log.write(text.encode(errors="surrogateescape"))
        self._lines = {}


def _line(entry: LogEntry) -> str:
    return f"{entry.start}\t{entry.end}\t{entry.stamp}\t{entry.output}\t{entry.digest}\n"

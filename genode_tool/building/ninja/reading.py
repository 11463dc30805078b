"""Reading what ninja and we left in `var/genode`: the ninja file and the log of steps.

Formats: the ninja manual, "Ninja file reference"; the log is lines of start and end
(milliseconds since ninja started), a time stamp (ns), an output and a digest of the command.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool.building.ninja.edge import Edge

MANIFEST = "var/genode/build.ninja"
"""The ninja file, relative to a build directory."""

LOG = "var/genode/.ninja_log"
"""The log, relative to a build directory."""

_PATH = re.compile(r"(?:\$[$ :|]|[^\s:|$])+|:|\|\|?")
_ESCAPE = re.compile(r"\$([$ :|])")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A step that ran: `start` and `end` in milliseconds, `stamp` in nanoseconds."""

    start: int
    end: int
    stamp: int
    output: str
    digest: str

    @property
    def seconds(self) -> float:
        """How long the step took."""
        return (self.end - self.start) / 1000


def log_entries(lines: Iterable[str]) -> Iterator[LogEntry]:
    """Yield what lines of the log say; damaged ones, as a killed ninja leaves them, are skipped."""
    for line in lines:
        fields = line.rstrip("\n").split("\t")
        if len(fields) == 5:
            with contextlib.suppress(ValueError):
                start, end, stamp = (int(field) for field in fields[:3])
                yield LogEntry(start, end, stamp, fields[3], fields[4])


def read_manifest(build_dir: Path, errors: str = "replace") -> dict[str, Edge]:
    """Return the edges of the ninja file by each of their outputs; nothing when there is none.

    `errors` is what happens to names that are no UTF-8, as for `bytes.decode`.
    """
    try:
        text = (build_dir / MANIFEST).read_text(errors=errors)
    except OSError:
        return {}
    found: dict[str, Edge] = {}
    for block in text.split("\nbuild ")[1:]:
        edge = _edge(block)
        found.update(dict.fromkeys(edge.outputs, edge))
    return found


def _edge(block: str) -> Edge:
    head, *rest = block.split("\n")
    parts: dict[str, list[str]] = {"outputs": [], "rule": [], "inputs": [], "order": []}
    part = "outputs"
    for token in _PATH.findall(head):
        if token == ":":
            part = "rule"
        elif token in ("|", "||"):
            part = "order"
        elif part == "rule":
            part = "inputs"
        else:
            parts[part].append(_ESCAPE.sub(r"\1", token))
    values = {}
    for line in rest:
        name, equals, value = line.partition(" = ")
        if equals and line.startswith("  "):
            values[name.strip()] = value.replace("$$", "$")
    return Edge(
        tuple(parts["outputs"]),
        tuple(parts["inputs"]),
        tuple(parts["order"]),
        values.get("c", ""),
        values.get("d", ""),
        values.get("depfile", ""),
    )

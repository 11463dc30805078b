"""Observations of everything that build steps read and make, for answers that are replayed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from genode_tool.building.memory.observation import Observation, observe_file, observe_kind
from genode_tool.building.memory.plan_cache import COMPANIONS
from genode_tool.building.memory.store import STATE
from genode_tool.building.ninja.logs import DEPS_NAME, LOG_NAME, read_deps
from genode_tool.building.ninja.syntax import read_manifest

_OUTPUTS_BESIDE = ("progress.log", *COMPANIONS)
_RECORDS = (LOG_NAME, DEPS_NAME, "build.ninja", "last", "running", "sources")
"""The records that decide, besides the files themselves, which steps the next build runs."""


def observe_steps(build_dir: Path, targets: Iterable[str], looked_ns: int) -> list[Observation]:
    """Return the stamps of all that the steps behind `targets` read and make.

    `looked_ns` is as for `is_racy`.
    """
    state = build_dir / STATE
    edges, found = read_manifest(build_dir, errors="surrogateescape"), read_deps(state)
    pending, seen = list(targets), set[str]()
    wanted: dict[str, None] = {}
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        edge = edges.get(path)
        if edge is None:
            wanted[path] = None
            continue
        pending += (*edge.inputs, *edge.order_only, *edge.outputs)
        pending += found.get(edge.outputs[0], ())
        if edge.command:
            wanted[path] = None
    top = str(build_dir)
    paths = [path if path.startswith("/") else f"{top}/{path}" for path in wanted]
    observations = [observe_file(path, looked_ns) for path in paths]
    beside = (*(build_dir / name for name in _OUTPUTS_BESIDE), *(state / name for name in _RECORDS))
    for one in beside:
        path = str(one)
        observations.append(observe_file(path, looked_ns) if one.exists() else observe_kind(path))
    return observations

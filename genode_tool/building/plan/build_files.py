"""Writes the files that a build directory is built from; removes outputs that no step makes now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

from genode_tool.building.graph.model import BuildGraph, LeafId
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.plan.manifest import (
    compile_commands,
    library_dependencies,
    manifest_path,
    ninja_file,
)
from genode_tool.files import make_directory, write_if_changed


def write_build_files(
    build_dir: str,
    graph: BuildGraph,
    plans: Mapping[LeafId, LeafPlan],
    others: Iterable[tuple[LeafId, LeafPlan]],
    stale: Set[str],
    *,
    complete: bool,
) -> None:
    """Write what a build needs; with `complete` plans, files that are made no more go."""
    manifest = ninja_file(plans, others)
    write_if_changed(manifest_path(build_dir), manifest.text)
    if complete:
        remove_stale(Path(build_dir), sorted(stale - manifest.outputs))
    for leaf, plan in plans.items():
        directory = graph.leaves[leaf].directory
        inside = os.path.relpath(directory, build_dir) + "/"
        # ninja makes the directories of what steps make; a step begins in the leaf's own
        if plan.edges and not any(output.startswith(inside) for output in plan.outputs):
            make_directory(directory)
    write_if_changed(
        Path(build_dir) / "compile_commands.json",
        compile_commands(build_dir, manifest.plans.values()),
    )
    write_if_changed(Path(build_dir) / "var/libdeps", library_dependencies(graph))


def remove_stale(path: Path, outputs: Iterable[str]) -> None:
    """Remove files in the build directory at `path` that no step makes any more.

    `outputs` are named as in the ninja file; those outside of the build directory stay.
    """
    for output in outputs:
        file = path / output
        if not output.startswith(("/", "..")) and (file.is_file() or file.is_symlink()):
            with contextlib.suppress(OSError):
                file.unlink()
                if file.suffix == ".o":
                    file.with_suffix(".d").unlink(missing_ok=True)

"""Building: from goals to binaries, in two stages and one ninja graph.

    from genode_tool.building import make
    from genode_tool.tree import BuildDirectory

    build_dir = BuildDirectory.open("build/x86_64", {"KERNEL": "linux", "BOARD": "linux"})
    result = make(build_dir, ("core", "init", "lib/ld", "test/log"), jobs=4, sink=print)
    result.ok, result.artifacts, result.problems

Stage 1 (`graph`) walks from goals along LIBS through the descriptions to a graph of leaves;
stage 2 (`plan`) evaluates the tree's own leaf makefile for each and turns its rules into ninja
edges. All results are cached with the observations that they were derived from (`memory`), and a
call that finds nothing changed goes straight to ninja (`ninja`). Questions that build nothing
are in `ask`, events in `events`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genode_tool.building.builder import BuildResult, artifacts_of, make
    from genode_tool.building.problems import Problem, Trouble

__all__ = ["BuildResult", "Problem", "Trouble", "artifacts_of", "make"]


def __getattr__(name: str) -> Any:
    """Import the builder when it is asked for: questions about a tree can do without it."""
    if name in __all__:
        from genode_tool.building import builder, problems

        return getattr(problems if name in ("Problem", "Trouble") else builder, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

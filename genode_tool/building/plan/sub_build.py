"""Steps that hand their work to another build system, and the directories that these fill.

What such a step makes is known to the other build system only. A description may nonetheless
look for it (`$(wildcard $(LIB_CACHE_DIR)/NAME/build/include)`), because to make, a library is
complete when its user is evaluated.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable

from genode_tool.building.ninja.syntax import Edge
from genode_tool.record import replace
from genode_tool.regex import regex

_SUB_BUILD = regex(r"\bmake\b[^;&|]*\s-C\s")


def runs_sub_build(command: str) -> bool:
    """Return whether a command calls make for another directory."""
    return bool(_SUB_BUILD.search(command))


def filled_directories(edges: Iterable[Edge], directory: str) -> frozenset[str]:
    """Return the absolute paths below a leaf's `directory` that are arguments of its sub-builds."""
    pattern = re.compile(rf"=[\"']?({re.escape(directory)}/[^\s\"';&|]+)")
    return frozenset(
        found.rstrip("/")
        for edge in edges
        if runs_sub_build(edge.command)
        for found in pattern.findall(edge.command)
    )


def without_early_directories(
    edges: Iterable[Edge], inside: str, known: Collection[str]
) -> tuple[Edge, ...]:
    """Return `edges` such that another build system finds no directory that it has to make.

    Ninja makes the directories of all outputs before a step, make does not; there are build
    systems that stop when the directory that they would make exists. Meant are steps that call
    make for a directory below the leaf's, `inside`, that is none of those `known` to the leaf.
    """
    result: list[Edge] = []
    for edge in edges:
        directory = edge.outputs[0].rpartition("/")[0]
        foreign = directory.startswith(f"{inside}/") and directory not in known
        if foreign and runs_sub_build(edge.command):
            empty = f"{{ rmdir {shlex.quote(directory)} 2>/dev/null || true; }}"
            result.append(replace(edge, command=f"{empty} && {edge.command}"))
        else:
            result.append(edge)
    return tuple(result)

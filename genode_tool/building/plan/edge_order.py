"""Changes to the edges of a leaf that need to know all of them: links' targets, serial order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from genode_tool.building.ninja.syntax import Edge


def without_unmade_targets(
    edges: Iterable[Edge], targets: Mapping[str, str], inside: str
) -> tuple[Edge, ...]:
    """Return `edges` without inputs that no step makes and that are only the targets of links.

    `targets` maps the names of links to those of their targets. A target `inside` the leaf's
    directory (a name relative to the build directory, or absolute) that no step makes is made by
    another build system, in a step that does not name it.
    """
    listed = tuple(edges)
    made = {output for edge in listed for output in edge.outputs}

    def kept(edge: Edge) -> Edge:
        target = targets.get(edge.outputs[0], "")
        if not target.startswith(f"{inside}/") or target in made:
            return edge
        return replace(edge, inputs=tuple(name for name in edge.inputs if name != target))

    return tuple(kept(edge) for edge in listed)


def in_turn(edges: Iterable[Edge], names: Collection[str]) -> tuple[Edge, ...]:
    """Return `edges` such that those that make `names` run one after the other, as listed.

    Without `names` that is all of them: the two forms of make's `.NOTPARALLEL`. Every edge
    must come after those that it depends on.
    """
    result: list[Edge] = []
    before: Edge | None = None
    for edge in edges:
        chained = edge
        if edge.command and (not names or not set(names).isdisjoint(edge.outputs)):
            if before and before.outputs[0] not in (*edge.inputs, *edge.order_only):
                chained = replace(edge, order_only=(*edge.order_only, before.outputs[0]))
            before = edge
        result.append(chained)
    return tuple(result)

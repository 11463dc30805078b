"""Files that a leaf leaves behind without a rule that names them.

A description may hand its work to another build system (such as a kernel's cmake) and give make
only the name of a step. Others then use files out of its directory. To make that is fine, as
the directory is complete before they start; a ninja file must declare who makes each file. So
what nothing makes, in the directory of a leaf that has to be complete before, is attributed
to that leaf. If the leaf does not make it, the step that uses the file fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from genode_tool.building.graph.model import BuildGraph, Leaf, LeafId
from genode_tool.building.ninja.syntax import Edge
from genode_tool.building.plan.leaf_inputs import PlannedFiles


class UndeclaredOutputs:
    """The files that `leaf` may expect from the leaves that are complete before it."""

    def __init__(self, graph: BuildGraph, leaf: Leaf, board: PlannedFiles) -> None:
        closure = graph.closure(leaf.id)
        self._before = board.view(closure)
        self._owners: Mapping[str, LeafId] = {
            graph.leaves[other].directory: other
            for other in closure
            if graph.leaves[other].directory != leaf.directory
            and board.names(graph.leaves[other].directory, frozenset((other,)))
        }

    def maker(self, path: str) -> LeafId | None:
        """Return the leaf that must make an absolute path; None if a step does, or no leaf can."""
        if not self._owners or self._before.kind(path):
            return None
        directory = path
        while "/" in directory:
            directory = directory.rpartition("/")[0]
            if directory in self._owners:
                return self._owners[directory]
        return None

    def edges(self, build_dir: str, edges: Iterable[Edge]) -> tuple[Edge, ...]:
        """Return edges that declare who makes the undeclared inputs of `edges`."""
        listed = tuple(edges)
        made = {output for edge in listed for output in edge.outputs}
        names = dict.fromkeys(
            name for edge in listed for name in (*edge.inputs, *edge.order_only) if name not in made
        )
        found = ((name, self.maker(f"{build_dir}/{name}")) for name in names if name[:1] != "/")
        return tuple(Edge((name,), (maker.group,)) for name, maker in found if maker)

"""The result of stage 2 for one leaf, which can be cached as plain data."""

from __future__ import annotations

from typing import Any

from genode_tool.building.ninja.syntax import Edge
from genode_tool.building.plan.sub_build import runs_sub_build
from genode_tool.record import record

_STANDARD = (".o", ".a", ".so", ".tag", ".debug", ".stripped", ".checked", ".d", ".s", ".xsd")


@record
class LeafPlan:
    """The edges of a leaf and what its goal needs.

    `links` are pairs of absolute paths, `compiles` tuples of source (absolute), object,
    directory (both relative to the build directory) and command. `variables` and `foreign`
    (what other leaves were seen to make) must be the same for the plan to be up to date.
    `description` is the file that describes the leaf. `waits_for` are the groups (see
    `LeafId.group`) of the leaves that must be complete before. `directories` are those outputs
    that are directories.
    """

    edges: tuple[Edge, ...]
    goal: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    compiles: tuple[tuple[str, str, str, str], ...]
    variables: tuple[tuple[str, str], ...]
    foreign: tuple[tuple[str, str], ...]
    artifacts: tuple[str, ...]
    label: str
    description: str
    waits_for: tuple[str, ...]
    directories: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """What the edges make; for a directory, the name of it in itself."""
        return tuple(f"{one}/." if one in self.directories else one for one in self.outputs)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Everything that the edges make."""
        return tuple(output for edge in self.edges for output in edge.outputs)

    @property
    def special(self) -> tuple[str, ...]:
        """The outputs that a user may need before it compiles: generated headers and the like."""
        return tuple(
            output
            for edge in self.edges
            for output in edge.outputs
            if not edge.depfile and (not output.endswith(_STANDARD) or runs_sub_build(edge.command))
        )

    def to_data(self) -> tuple[Any, ...]:
        """Return the plan as plain data."""
        edges = tuple(
            (
                edge.outputs,
                edge.inputs,
                edge.order_only,
                edge.command,
                edge.description,
                edge.depfile,
            )
            for edge in self.edges
        )
        return (
            edges,
            self.goal,
            self.links,
            self.compiles,
            self.variables,
            self.foreign,
            self.artifacts,
            self.label,
            self.description,
            self.waits_for,
            self.directories,
        )

    @classmethod
    def from_data(cls, data: tuple[Any, ...]) -> LeafPlan:
        """Return the plan that `to_data` made `data` of."""
        return cls(tuple(Edge(*edge) for edge in data[0]), *data[1:])

"""The names of all targets and libraries that can be built, without evaluating any."""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.memory.context import open_evaluation
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class Listing:
    """`targets` are (goal, repository), `libraries` the names after `lib/`; both sorted."""

    targets: tuple[tuple[str, str], ...]
    libraries: tuple[str, ...]


def list_goals(build_dir: BuildDirectory) -> Listing:
    """Return all goals of the repositories of `build_dir`.

    A build may skip some of them for unmet requirements, which only their evaluation shows.
    Raises `GenodeError` for mistakes in the configuration.
    """
    found = resolve_goals(open_evaluation(build_dir), ())
    return Listing(
        tuple(sorted((name, repository) for repository, name in found.programs)),
        found.libraries,
    )

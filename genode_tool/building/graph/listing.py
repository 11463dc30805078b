"""What can be built: the names of all targets and libraries, without evaluating any."""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.building.graph.goals import resolve_goals
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.memory.observatory import EvaluationScope, Observatory
from genode_tool.makefile import ParseCache
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class Listing:
    """`targets` are (goal, repository), `libraries` the names after `lib/`; both sorted."""

    targets: tuple[tuple[str, str], ...]
    libraries: tuple[str, ...]


def list_goals(build_dir: BuildDirectory) -> Listing:
    """Return all goals of the repositories of `build_dir`.

    Some may be skipped by a build for unmet requirements, which only their evaluation tells.
    Raises `GenodeError` for mistakes in the configuration.
    """
    observatory = Observatory(build_dir.environment)
    scope = EvaluationScope(observatory)
    seen = BuildDirectory.open(build_dir.path, build_dir.overrides, scope)
    ctx = EvaluationContext(seen.settings, dict(build_dir.overrides), observatory, ParseCache())
    found = resolve_goals(ctx, scope, ())
    return Listing(
        tuple(sorted((name, repository) for repository, name in found.programs)),
        found.libraries,
    )

"""The ports that the last build in a build directory asked for and did not find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genode_tool.cli.ports import tree_here
from genode_tool.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from genode_tool.tree import BuildDirectory, SourceTree


def missing_ports(build_dir: BuildDirectory | None) -> tuple[str, ...]:
    """Return their names, sorted; without `build_dir`, of the tree's own build directory.

    Raises `UserError` when there was no build yet.
    """
    from genode_tool.building.memory.call_cache import Calls
    from genode_tool.building.memory.store import state_directory
    from genode_tool.building.problems import Problem, Trouble

    place = build_dir.path if build_dir else _usual(tree_here(None))
    if not (place / "etc/build.conf").is_file():
        raise UserError(
            f"--all-missing means the last build, and {place} is no build directory",
            hint="change to the build directory, or name it with BUILD_DIR=DIR",
        )
    last = Calls(state_directory(str(place))).last()
    if last is None:
        raise UserError(
            f"nothing was built in {place} yet",
            hint="`genode make` first, which tells what is missing",
        )
    problems = (Problem.from_data(data) for data in last.problems)
    return tuple(sorted({one.subject for one in problems if one.trouble is Trouble.PORT}))


def _usual(tree: SourceTree) -> Path:
    """Return the build directory that `genode make` uses at the top of a tree."""
    from genode_tool.tree.create import DEFAULT_PLATFORM

    return tree.path / "build" / DEFAULT_PLATFORM

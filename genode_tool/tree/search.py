"""Finding the build directory and the source tree that a call means."""

from __future__ import annotations

import os
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.tree.create import DEFAULT_PLATFORM, create_builddir, own_tree
from genode_tool.tree.source_tree import SourceTree


def find_tree(start: Path, layout: str = "") -> SourceTree | None:
    """Return the source tree that `start` lies in, or None.

    `layout` is the layout that the tree is taken for, "" for the one that it fits. Raises
    `UserError` for a tree that fits none.
    """
    for directory in (start, *start.parents):
        tree = SourceTree.at(directory, layout)
        if tree:
            return tree
    return None


def _looks_like_builddir(path: Path) -> bool:
    # One that lost its configuration counts: the call must not build somewhere else.
    return os.path.lexists(path / "etc/build.conf") or (path / "var/genode/lock").is_file()


def enclosing_builddir(start: Path) -> Path | None:
    """Return the build directory that `start` lies in, or None."""
    for directory in (start, *start.parents):
        if _looks_like_builddir(directory):
            return directory
    return None


def find_builddir(cwd: Path | str, platform: str = DEFAULT_PLATFORM) -> Path:
    """Return the build directory to use for a call in directory `cwd`.

    That is the one that `cwd` lies in; failing that `build/<platform>` of the source tree that
    `cwd` lies in (or of the tree that comes with the tool, when the call comes from elsewhere
    in its checkout), which is created when it does not exist.
    Raises `UserError` when there is neither.
    """
    start = Path(cwd).absolute()
    around = enclosing_builddir(start)
    if around:
        return around
    tree = find_tree(start)
    if tree is None:
        raise UserError(
            f"{start} lies neither in a build directory nor in a source tree",
            hint="change to one, or name one with `genode -C DIR`",
        )
    path = tree.path / "build" / platform
    if not (path / "etc/build.conf").is_file():
        create_builddir(platform, path, tree=tree)
    return path


__all__ = ["enclosing_builddir", "find_builddir", "find_tree", "own_tree"]

"""Where a command works: the build directory that its call means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.events import Note, Sink

if TYPE_CHECKING:
    from genode_tool.tree import BuildDirectory


def build_directory(variables: Mapping[str, str], sink: Sink) -> BuildDirectory:
    """Return the build directory for a call with `variables` in the current directory.

    `BUILD_DIR=DIR` names it; else it is the one around us, or build/<platform> of the source
    tree around us, which is created. A call from outside of any tree means the tree that comes
    with the tool, and is told so. Raises `UserError` when there is none.
    """
    from genode_tool.tree import BuildDirectory, find_builddir, find_tree
    from genode_tool.tree.search import own_tree

    overrides = dict(variables)
    named = overrides.pop("BUILD_DIR", None)
    if named:
        return BuildDirectory.open(Path(named), overrides)
    here = Path.cwd()
    own = own_tree()
    if own and find_tree(here) is None and not _inside_builddir(here):
        path = find_builddir(own.path)
        sink(Note(f"no source tree here, working in {path}"))
    else:
        path = find_builddir(here)
    return BuildDirectory.open(path, overrides)


def _inside_builddir(here: Path) -> bool:
    from genode_tool.tree.search import looks_like_builddir

    return any(looks_like_builddir(one) for one in (here, *here.parents))

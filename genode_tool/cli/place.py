"""The place of a call: the build directory, source tree and ports that it refers to.

The current directory and the variables on the command line decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.errors import UserError
from genode_tool.events import Note, Sink

if TYPE_CHECKING:
    from genode_tool.makefile import Inputs
    from genode_tool.ports.store.collection import PortCollection
    from genode_tool.settings.layered import LayeredSettings
    from genode_tool.tree import BuildDirectory, SourceTree


def build_directory(variables: Mapping[str, str], sink: Sink) -> BuildDirectory:
    """Return the build directory for a call with `variables` in the current directory.

    `BUILD_DIR=DIR` names it; otherwise it is the one around us, or build/<platform> of the
    source tree around us, which is created. A call from outside any tree means the tree that
    comes with the tool; a note says so. Raises `UserError` when there is none.
    """
    from genode_tool.tree import BuildDirectory, find_builddir, find_tree
    from genode_tool.tree.search import enclosing_builddir, own_tree

    overrides = dict(variables)
    named = overrides.pop("BUILD_DIR", None)
    if named:
        return BuildDirectory.open(Path(named), overrides)
    here = Path.cwd()
    own = own_tree()
    if own and find_tree(here) is None and enclosing_builddir(here) is None:
        path = find_builddir(own.path)
        sink(Note(f"no source tree here, working in {path}"))
    else:
        path = find_builddir(here)
    return BuildDirectory.open(path, overrides)


def existing_build_directory(
    variables: Mapping[str, str], inputs: Inputs | None = None
) -> BuildDirectory | None:
    """Return the build directory that the call names or is made in; None elsewhere in a tree.

    `inputs` is what its configuration is evaluated with, by default the machine. Raises
    `UserError` when `BUILD_DIR` names something else.
    """
    from genode_tool.tree import BuildDirectory
    from genode_tool.tree.search import enclosing_builddir

    given = {name: variables[name] for name in ("CONTRIB_DIR",) if name in variables}
    if named := variables.get("BUILD_DIR"):
        return BuildDirectory.open(Path(named), given, inputs)
    found = enclosing_builddir(Path.cwd())
    return BuildDirectory.open(found, given, inputs) if found else None


def settings_here(variables: Mapping[str, str]) -> LayeredSettings:
    """Return the settings for the build directory and the tree that the call refers to, if any.

    Nothing is created. Raises `UserError` when `BUILD_DIR` names something else, or when the build
    directory's configuration is wrong.
    """
    from genode_tool.settings.layered import settings_of
    from genode_tool.tree import BuildDirectory, find_tree
    from genode_tool.tree.create import DEFAULT_PLATFORM
    from genode_tool.tree.search import enclosing_builddir, own_tree

    overrides = dict(variables)
    named = overrides.pop("BUILD_DIR", None)
    place = Path(named) if named else enclosing_builddir(Path.cwd())
    if place is not None:
        build_dir = BuildDirectory.open(place, overrides)
        return settings_of(build_dir.genode_dir, build_dir.path)
    tree = find_tree(Path.cwd()) or own_tree()
    if tree is None:
        return settings_of()
    usual = tree.path / "build" / DEFAULT_PLATFORM
    return settings_of(tree.path, usual if enclosing_builddir(usual) == usual else None)


def source_tree(build_dir: BuildDirectory | None) -> SourceTree:
    """Return the tree of the build directory, or the one around us, or the tool's own.

    Raises `UserError` when there is none.
    """
    from genode_tool.tree import find_tree
    from genode_tool.tree.search import own_tree
    from genode_tool.tree.trust import refuse_foreign

    found = build_dir.tree if build_dir else find_tree(Path.cwd()) or own_tree()
    if found is None:
        raise UserError(
            f"{Path.cwd()} lies neither in a build directory nor in a source tree",
            hint="change to one, or name one with `genode -C DIR`",
        )
    refuse_foreign(found.path)
    return found


def last_build(variables: Mapping[str, str]) -> Path:
    """Return the build directory whose last build the call refers to; it may not exist."""
    from genode_tool.tree.create import DEFAULT_PLATFORM

    build_dir = existing_build_directory(variables)
    return build_dir.path if build_dir else source_tree(None).path / "build" / DEFAULT_PLATFORM


def port_collection(variables: Mapping[str, str], inputs: Inputs | None = None) -> PortCollection:
    """Return the ports that a call with `variables` in the current directory refers to.

    `inputs` is what a configuration is evaluated with, by default the machine.
    """
    from genode_tool.ports.store.collection import PortCollection
    from genode_tool.record import replace

    build_dir = existing_build_directory(variables, inputs)
    tree = source_tree(build_dir)
    collection = (
        PortCollection.of_build_directory(build_dir) if build_dir else PortCollection.of_tree(tree)
    )
    if build_dir is None and (contrib := variables.get("CONTRIB_DIR")):
        place = Path(contrib).absolute()
        collection = replace(collection, contrib_dir=place, cache_dir=place / "cache")
    if named := variables.get("REPOSITORIES"):
        collection = replace(
            collection, repositories=tuple(Path(one).absolute() for one in named.split())
        )
    return collection

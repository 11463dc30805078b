"""What the commands about ports share: whose ports they mean, and which are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from genode_tool.errors import GenodeError, UserError

if TYPE_CHECKING:
    from genode_tool.ports.store.ports import PortWorld
    from genode_tool.tree import BuildDirectory, SourceTree

VARIABLES = ("PKG", "BUILD_DIR", "CONTRIB_DIR", "CHECK_HASH", "REPOSITORIES")
"""The variables that a command line about ports may set."""


def build_directory_here(variables: Mapping[str, str]) -> BuildDirectory | None:
    """Return the build directory that the call means, or None at other places of a tree.

    Raises `UserError` when `BUILD_DIR` names none.
    """
    from genode_tool.tree import BuildDirectory
    from genode_tool.tree.search import looks_like_builddir

    given = {name: variables[name] for name in ("CONTRIB_DIR",) if name in variables}
    if named := variables.get("BUILD_DIR"):
        return BuildDirectory.open(Path(named), given)
    here = Path.cwd()
    found = next((one for one in (here, *here.parents) if looks_like_builddir(one)), None)
    return BuildDirectory.open(found, given) if found else None


def tree_here(build_dir: BuildDirectory | None) -> SourceTree:
    """Return the tree of the build directory, or around us, or the tool's own.

    Raises `UserError` when there is none.
    """
    from genode_tool.tree import find_tree
    from genode_tool.tree.search import own_tree

    found = build_dir.tree if build_dir else find_tree(Path.cwd()) or own_tree()
    if found is None:
        raise UserError(
            f"{Path.cwd()} lies neither in a build directory nor in a source tree",
            hint="change to one, or name one with `genode -C DIR`",
        )
    return found


def port_world(variables: Mapping[str, str]) -> PortWorld:
    """Return the ports that a call with `variables` in the current directory means."""
    from dataclasses import replace

    from genode_tool.ports.store.ports import PortWorld

    build_dir = build_directory_here(variables)
    tree = tree_here(build_dir)
    world = PortWorld.of_build_directory(build_dir) if build_dir else PortWorld.of_tree(tree)
    if build_dir is None and (contrib := variables.get("CONTRIB_DIR")):
        place = Path(contrib).absolute()
        world = replace(world, contrib_dir=place, cache_dir=place / "cache")
    if named := variables.get("REPOSITORIES"):
        world = replace(world, repositories=tuple(Path(one).absolute() for one in named.split()))
    return world


def port_names(words: Sequence[str], variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names given as words and as `PKG="a b"`, each once, in order.

    Raises `UserError` for a variable that means nothing here.
    """
    wrong = [name for name in variables if name not in VARIABLES]
    if wrong:
        raise UserError(f"unknown variable `{wrong[0]}`: wanted {' or '.join(VARIABLES)}")
    return tuple(dict.fromkeys((*variables.get("PKG", "").split(), *words)))


def complete_ports(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the ports that begin with `incomplete`, also behind `PKG=`."""
    from genode_tool.cli.variables import split_words
    from genode_tool.ports.older_trees.makefile_tree import OlderTree

    prefix = "PKG=" if incomplete.startswith("PKG=") else ""
    start = incomplete.removeprefix(prefix)
    variables, _ = split_words(ctx.params.get("words") or ())
    try:
        world = port_world(variables)
        names = list(world.ports) or list(OlderTree(world).packages)
    except (GenodeError, OSError):
        return []
    return [CompletionItem(prefix + name) for name in names if name.startswith(start)]

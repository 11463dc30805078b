"""Shell completion of names that only the source tree knows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from genode_tool.errors import GenodeError

if TYPE_CHECKING:
    from genode_tool.tree import BuildDirectory


def complete_scenarios(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the scenarios that begin with `incomplete`."""
    build_dir = _here(ctx)
    return _platform(build_dir, incomplete) or _matching(_scenarios(build_dir), incomplete)


def complete_goals(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the goals of `genode make` that begin with `incomplete`."""
    build_dir = _here(ctx)
    if found := _platform(build_dir, incomplete):
        return found
    if incomplete.startswith("run/"):
        return _matching((f"run/{name}" for name in _scenarios(build_dir)), incomplete)
    return _matching((*_goals(build_dir), "again", "clean", "cleanall", "run/"), incomplete)


def complete_leaves(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the programs and libraries that begin with `incomplete`."""
    build_dir = _here(ctx)
    return _platform(build_dir, incomplete) or _matching(_goals(build_dir), incomplete)


def complete_kernels(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the kernels of the tree that begin with `incomplete`."""
    return _matching(_kernels(_here(ctx)), incomplete)


def complete_boards(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the boards of the kernel chosen that begin with `incomplete`."""
    return _matching(_boards(_here(ctx)), incomplete)


def complete_variables(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return what completes `KERNEL=…` and `BOARD=…`."""
    return _platform(_here(ctx), incomplete)


def complete_settings(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the keys of settings that begin with `incomplete`, and the tables around them."""
    from genode_tool.settings.keys import shown_key
    from genode_tool.settings.layered import settings_of
    from genode_tool.settings.schema.topics import TOPICS

    settings = settings_of()
    with contextlib.suppress(GenodeError, OSError):
        paths = [entry.path for topic in TOPICS for entry in settings.entries(topic)]
        keys = (shown_key(path[:size]) for path in paths for size in range(1, len(path) + 1))
        return _matching(dict.fromkeys(keys), incomplete)
    return []


def complete_ports(
    ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the ports that begin with `incomplete`, also after `PKG=`."""
    from genode_tool.cli.place import port_collection
    from genode_tool.cli.words import split_words
    from genode_tool.ports.older_trees.makefile_tree import OlderTree

    prefix = "PKG=" if incomplete.startswith("PKG=") else ""
    start = incomplete.removeprefix(prefix)
    variables, _ = split_words(ctx.params.get("words") or ())
    try:
        collection = port_collection(variables)
        names = list(collection.ports) or list(OlderTree(collection).packages)
    except (GenodeError, OSError):
        return []
    return [CompletionItem(prefix + name) for name in names if name.startswith(start)]


def _here(ctx: click.Context) -> BuildDirectory | None:
    from genode_tool.cli.place import build_directory
    from genode_tool.cli.words import split_words
    from genode_tool.events import discard

    words: Sequence[str] = ctx.params.get("words") or ()
    kernels: Sequence[str] = ctx.params.get("kernels") or ()
    # The shell needs an answer or none; mistakes are reported when the command runs.
    with contextlib.suppress(GenodeError, OSError):
        variables, _ = split_words(words, kernels[-1:], ctx.params.get("board"))
        return build_directory(variables, discard)
    return None


def _platform(build_dir: BuildDirectory | None, incomplete: str) -> list[CompletionItem]:
    """Return what completes `KERNEL=…` or `BOARD=…`; nothing for another word."""
    name, assignment, value = incomplete.partition("=")
    if not assignment or name not in ("KERNEL", "BOARD"):
        return []
    known = _kernels(build_dir) if name == "KERNEL" else _boards(build_dir)
    return [CompletionItem(f"{name}={one}") for one in known if one.startswith(value)]


def _kernels(build_dir: BuildDirectory | None) -> tuple[str, ...]:
    with contextlib.suppress(GenodeError, OSError):
        return build_dir.tree.kernels if build_dir else ()
    return ()


def _boards(build_dir: BuildDirectory | None) -> tuple[str, ...]:
    with contextlib.suppress(GenodeError, OSError):
        return build_dir.known_boards if build_dir else ()
    return ()


def _scenarios(build_dir: BuildDirectory | None) -> tuple[str, ...]:
    from genode_tool.run.context.run_scripts import all_scenarios

    with contextlib.suppress(GenodeError, OSError):
        return all_scenarios(build_dir.repositories) if build_dir else ()
    return ()


def _goals(build_dir: BuildDirectory | None) -> tuple[str, ...]:
    from genode_tool.building.graph.listing import list_goals

    with contextlib.suppress(GenodeError, OSError):
        if build_dir:
            found = list_goals(build_dir)
            libraries = (f"lib/{name}" for name in found.libraries)
            return (*(goal for goal, _ in found.targets), *libraries)
    return ()


def _matching(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]

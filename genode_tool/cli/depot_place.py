"""The depot, recipes and ports that a call of `genode depot` refers to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from genode_tool.building.memory.observation import Observation
    from genode_tool.building.memory.observatory import Observatory
    from genode_tool.building.memory.scope import EvaluationScope
    from genode_tool.depot.archive.name import Archive
    from genode_tool.depot.recipes.catalogue import Recipes
    from genode_tool.depot.store.depot import Depot
    from genode_tool.ports.store.collection import PortCollection

VARIABLES = ("DEPOT_DIR", "REPOSITORIES", "CONTRIB_DIR", "BUILD_DIR", "VERBOSE")
"""The variables of every command about the depot; those of the original mean the same."""


@dataclass(frozen=True, slots=True)
class DepotPlace:
    """A depot with the tree whose recipes fill it.

    `scope` has what the configuration of a build directory was evaluated with, if there is one.
    """

    depot: Depot
    recipes: Recipes
    ports: PortCollection
    observatory: Observatory
    scope: EvaluationScope

    @property
    def build_dir(self) -> Path | None:
        """The build directory that the call is about, if any."""
        return self.ports.build_dir

    def observations(self) -> Iterator[Observation]:
        """Yield what it depends on which depot, tree and build directory the call is about."""
        from genode_tool.building.memory.observation import observe_kind

        for number in self.scope.seen:
            yield self.observatory.observation(number)
        here = Path.cwd()
        for directory in (here, *here.parents):
            for name in ("etc/build.conf", "var/genode/lock", "repos", "base"):
                yield observe_kind(f"{directory}/{name}")
        if self.build_dir is not None:
            for name in ("etc/build.conf", "etc/tools.conf", "etc/specs.conf"):
                yield observe_kind(f"{self.build_dir}/{name}")

    def archive(self, path: str, *, versioned: bool) -> Archive:
        """Return the archive that a word of the command line names. Raises `UserError`.

        Paths within the depot, as a shell completes them, are understood, too.
        """
        from genode_tool.depot.archive.name import parse_archive

        inner = path.removeprefix(f"{self.depot.path}/").removeprefix("depot/")
        return parse_archive(inner, versioned=versioned, is_version=self.depot.has)


def depot_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Accept `--depot-dir`."""
    return click.option(
        "--depot-dir",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Use the depot DIR (default: DEPOT_DIR, or depot in the tree).",
    )(command)


def depot_place(variables: Mapping[str, str], depot_dir: Path | None) -> DepotPlace:
    """Return the place of a call with `variables` in the current directory.

    Raises `UserError` outside of any source tree.
    """
    from genode_tool.building.memory.observatory import Observatory
    from genode_tool.building.memory.scope import EvaluationScope
    from genode_tool.cli.place import port_collection
    from genode_tool.depot.recipes.catalogue import Recipes
    from genode_tool.depot.store.depot import Depot
    from genode_tool.tree.blank_alias import without_blanks

    observatory = Observatory(dict(os.environ))
    scope = EvaluationScope(observatory)
    tree_variables = {name: value for name, value in variables.items() if name != "REPOSITORIES"}
    ports = port_collection(tree_variables, scope)
    named = variables.get("DEPOT_DIR") or os.environ.get("DEPOT_DIR")
    path = depot_dir or (Path(named) if named else ports.genode_dir / "depot")
    return DepotPlace(
        Depot(without_blanks(Path(os.path.normpath(path.absolute())))),
        Recipes.of_tree(ports.genode_dir, variables.get("REPOSITORIES", "")),
        ports,
        observatory,
        scope,
    )


def depot_words(words: Sequence[str], more: Sequence[str] = ()) -> tuple[dict[str, str], list[str]]:
    """Split words into variables and archives. Raises `UserError` for other variables.

    `more` are the variables of the command besides those of every one.
    """
    from genode_tool.cli.words import only, split_words

    variables, others = split_words(words)
    only(variables, (*VARIABLES, *more))
    return variables, list(dict.fromkeys(others))

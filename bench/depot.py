"""Depot archives: `genode depot extract`, beside the original's make-based tool on the same tree.

    python3 bench/depot.py TREE [--make PROGRAM] [--archives N] [--rounds N]

TREE is a tree of the original from 17.05 on; it is copied, and the archives that need no port are
extracted from the copy: all of them into an empty depot, and again with nothing to do. The
first answer of `genode` after a change is not measured: the second one is replayed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, compare
from genode_tool.depot.archive.closure import Closure, closure_of
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.extraction.needed_ports import needed_ports
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.recipes.references import RecipeReferences
from genode_tool.errors import GenodeError

TOP = Path(__file__).resolve().parent.parent


def archives_without_ports(
    tree: Path, user: str = "genodelabs", prepared: Collection[str] = ()
) -> list[str]:
    """Return the archives of a tree that need no port, nor anything that needs one.

    Ports that are `prepared` do not count.
    """
    recipes = Recipes.of_tree(tree)
    references = RecipeReferences(recipes)
    closures: dict[Archive, Closure] = {}
    for recipe in recipes.all():
        archive = Archive(user, recipe.type, recipe.name)
        try:
            closures[archive] = closure_of([archive], references)
        except GenodeError:
            continue
    ports = needed_ports(recipes, tree / "contrib", closures)
    return [
        str(archive)
        for archive, closure in closures.items()
        if not any(set(ports.get(one, ())).difference(prepared) for one in closure.needs)
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("--make", default="make")
    parser.add_argument("--archives", type=int, default=0, help="take the first N only")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "tree"
        shutil.copytree(options.tree, copy, symlinks=True)
        shutil.rmtree(copy / "depot", ignore_errors=True)
        names = archives_without_ports(copy)[: options.archives or None]
        theirs, ours = Path(scratch) / "theirs", Path(scratch) / "ours"
        original = [options.make, "-s", "-f", "tool/depot/extract", *names]
        tool = [sys.executable, "-m", "genode_tool", "depot", "extract", *names]
        peers = (
            ("the original", [*original, f"DEPOT_DIR={theirs}"], theirs),
            ("genode depot", [*tool, f"DEPOT_DIR={ours}"], ours),
        )

        def peer(name: str, argv: list[str], depot: Path, *, empty: bool) -> Peer:
            def prepare() -> None:
                shutil.rmtree(depot, ignore_errors=True)
                depot.mkdir()

            return Peer(name, argv, copy, prepare if empty else None, {"PYTHONPATH": str(TOP)})

        for title, empty in (("into an empty depot", True), ("once more", False)):
            compare(
                Case(
                    f"{len(names)} archives, {title}",
                    [peer(*one, empty=empty) for one in peers],
                    options.rounds,
                )
            )
        compare(
            Case(
                f"{len(names)} archives, nothing to do",
                [peer(*one, empty=False) for one in peers],
                options.rounds,
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

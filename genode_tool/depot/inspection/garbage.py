"""What a depot has that nothing needs any more.

Needed are: archives in the version that a recipe of the tree has now, packages that no recipe
describes (they came from others), packages that an index file names, archives that the caller
names, all that these need, and the binaries of every source among them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.store.depot import Depot

_PACKAGE = re.compile(r"[\w.+-]+/pkg/(?:[\w.+-]+/)?[\w.+-]+/[\w.+~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Garbage:
    """An archive that nothing needs, with its size in bytes."""

    archive: Archive
    size: int


def garbage(depot: Depot, recipes: Recipes, keep: Iterable[Archive] = ()) -> list[Garbage]:
    """Return what nothing needs, sorted. Raises `OSError` and, for broken packages, `UserError`.

    `keep` without version stands for all versions.
    """
    archives = list(depot.archives())
    wanted = set(keep)
    roots = [
        one for one in archives if one in wanted or one.at("") in wanted or _is_root(recipes, one)
    ]
    known = set(archives)
    roots += [one for one in _in_indexes(depot) if one in known]
    needed = set(closure_of(roots, depot).needs)
    return [
        Garbage(one, _size(str(depot.place(one))))
        for one in archives
        if one not in needed and (one.type.has_recipe or one.source not in needed)
    ]


def _is_root(recipes: Recipes, archive: Archive) -> bool:
    found = next(recipes.candidates(*archive.recipe), None)
    if found is None:
        return archive.type is ArchiveType.PKG
    return found.version == archive.version


def _in_indexes(depot: Depot) -> Iterator[Archive]:
    """Yield the packages that index files name with their versions."""
    for user in depot.users():
        directory = depot.path / user / "index"
        for path in sorted(directory.glob("*")) if directory.is_dir() else ():
            if path.is_file():
                for match in _PACKAGE.finditer(path.read_text(errors="replace")):
                    owner, _, *rest = match[0].split("/")
                    yield Archive(owner, ArchiveType.PKG, rest[-2], rest[-1])


def _size(directory: str) -> int:
    total = 0
    for top, _, names in os.walk(directory):
        for name in names:
            total += os.lstat(f"{top}/{name}").st_size
    return total

"""What a depot has that nothing needs any more.

Needed are: archives in the version that a recipe of the tree has now, packages that no recipe
describes (they came from others), packages that an index file or a system image names, archives
that the caller names, all that these need, and the binaries of every source among them.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.store.depot import Depot
from genode_tool.regex import regex

_PACKAGE = regex(rb"/pkg/([\w.+-]+)/([\w.+~-]+)(?:/([\w.+~-]+))?")
_OWNER = regex(rb"[\w.+-]+\Z")
_LONGEST = 400
_CHUNK = 1 << 22
_GZIP = b"\x1f\x8b"
_UBOOT = b"\x27\x05\x19\x56"
_UBOOT_HEADER = 64


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
    roots += [one for one in _in_indexes_and_images(depot) if one in known]
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


def _in_indexes_and_images(depot: Depot) -> Iterator[Archive]:
    """Yield the packages that index files, and what images boot from, name with their versions."""
    for user in depot.users():
        for kind in ("index", "image"):
            for top, _, names in os.walk(depot.path / user / kind):
                for name in names:
                    path = Path(top, name)
                    if not path.is_symlink() and not (kind == "image" and path.suffix == ".img"):
                        yield from _in_file(path)


def _in_file(path: Path) -> Iterator[Archive]:
    """Yield the packages that a file names, also one that is compressed as boot images are."""
    with path.open("rb") as file:
        head = file.read(_UBOOT_HEADER + len(_GZIP))
        start = _UBOOT_HEADER if head.startswith(_UBOOT) else 0
        file.seek(start)
        if not head[start:].startswith(_GZIP):
            yield from _in_stream(file)
            return
        try:
            with gzip.open(file) as unpacked:
                yield from _in_stream(unpacked)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return  # what cannot be unpacked does not boot, and needs nothing


def _in_stream(stream: BinaryIO | gzip.GzipFile) -> Iterator[Archive]:
    data = b""
    while block := stream.read(_CHUNK):
        data = data[-_LONGEST:] + block
        for match in _PACKAGE.finditer(data):
            owner = _OWNER.search(data, max(0, match.start() - _LONGEST), match.start())
            if owner is not None:
                user, *parts = (part.decode() for part in (owner[0], *match.groups(default=b"")))
                # USER/pkg/NAME/VERSION/FILE and USER/pkg/SPEC/NAME/VERSION look alike.
                yield Archive(user, ArchiveType.PKG, parts[0], parts[1])
                yield Archive(user, ArchiveType.PKG, parts[1], parts[2])


def _size(directory: str) -> int:
    total = 0
    for top, _, names in os.walk(directory):
        for name in names:
            total += os.lstat(f"{top}/{name}").st_size
    return total

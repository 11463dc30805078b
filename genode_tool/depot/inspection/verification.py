"""The check of a depot's content: whether archives are what their hashes say, and complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from genode_tool.depot.archive.content import content_hash, package_list
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.store.depot import Depot
from genode_tool.depot.store.ingredients import ingredient_hashes
from genode_tool.depot.store.record import read_record


@dataclass(frozen=True, slots=True)
class Damage:
    """Something wrong with an archive, in words, and what to do."""

    archive: Archive
    text: str
    hint: str = ""


def verify(depot: Depot, archive: Archive) -> Iterator[Damage]:
    """Yield what is wrong with an archive in the depot.

    A downloaded archive has no hash; what it refers to has to be there all the same. Raises
    `OSError`.
    """
    recorded = depot.hash_of(archive)
    record = read_record(depot, archive)
    if archive.type.has_recipe:
        place = str(depot.place(archive))
        package = archive.type is ArchiveType.PKG
        if package and not (depot.place(archive) / "archives").is_file():
            yield Damage(archive, "has no file `archives`", _AGAIN)
            return
        found = content_hash(place, package_list(place, archive.user) if package else None)
        expected = str(record.get("digest", "")).removeprefix("sha256:")
        if recorded and found.hash != recorded:
            yield Damage(
                archive, f"has another content: hash {found.hash} instead of {recorded}", _AGAIN
            )
        elif expected and found.digest != expected:
            yield Damage(
                archive,
                "has another content, which its hash does not show: a mode, a link, an empty "
                "directory, or bytes moved from one file to the next",
                _AGAIN,
            )
    elif archive.type is ArchiveType.BIN and recorded and depot.has(archive.source):
        wanted = ingredient_hashes(depot, archive)
        if recorded.split() != wanted:
            yield Damage(
                archive,
                "was built from other sources or interfaces than those in the depot",
                "build it again",
            )
    for other in _references(depot, archive):
        if not depot.has(other):
            yield Damage(archive, f"needs {other}, which is not in the depot", "create or get it")


_AGAIN = "extract it with --force, or get it again"


def _references(depot: Depot, archive: Archive) -> list[Archive]:
    if archive.type is ArchiveType.PKG:
        return list(depot.members(archive))
    if archive.type is ArchiveType.SRC:
        return list(depot.interfaces(archive))
    return []

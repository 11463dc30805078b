"""Closures: all archives that some archives need, directly or not.

The same rules serve recipes and the content of a depot: a package needs the packages, sources and
raw archives that it lists; a binary needs its source; a source needs the interfaces that it uses
and the one that it implements.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.errors import UserError

PRINT_ORDER = (
    ArchiveType.PKG,
    ArchiveType.SRC,
    ArchiveType.RAW,
    ArchiveType.API,
    ArchiveType.BIN,
    ArchiveType.DBG,
)
"""The order in which the original prints dependencies."""

_WORK_ORDER = (ArchiveType.API, ArchiveType.RAW, ArchiveType.SRC)


class References(Protocol):
    """Knows what an archive refers to."""

    def members(self, package: Archive) -> Sequence[Archive]:
        """Return the packages, sources and raw archives of a package, without duplicates."""

    def interfaces(self, source: Archive) -> Sequence[Archive]:
        """Return the api archives that a source archive uses and implements."""

    def has_source(self, source: Archive) -> bool:
        """Return whether a source archive, for which there would be binaries, is known."""


@dataclass(slots=True)
class Closure:
    """All archives that `roots` need, themselves included; `needs` has the direct references.

    A binary package is a root only; its package and binaries stand for it.
    """

    roots: tuple[Archive, ...]
    needs: dict[Archive, tuple[Archive, ...]] = field(default_factory=dict)

    def of_type(self, kind: ArchiveType) -> list[Archive]:
        """Return the archives of a type, sorted by their paths."""
        found = [one for one in self.needs if one.type is kind and not one.is_binary_package]
        return sorted(found, key=str)

    def sorted(self, order: Iterable[ArchiveType] = PRINT_ORDER) -> list[Archive]:
        """Return all archives, type by type."""
        return [one for kind in order for one in self.of_type(kind)]

    def packages_in_order(self) -> list[Archive]:
        """Return the packages so that none comes before one that it lists."""
        done: dict[Archive, None] = {}

        def visit(package: Archive) -> None:
            for other in self.needs[package]:
                if other.type is ArchiveType.PKG and other not in done:
                    visit(other)
            done[package] = None

        for package in self.of_type(ArchiveType.PKG):
            if package not in done:
                visit(package)
        return list(done)

    def needed_by(self, archive: Archive) -> list[Archive]:
        """Return what refers to an archive, sorted."""
        return sorted((one for one, others in self.needs.items() if archive in others), key=str)


def closure_of(roots: Iterable[Archive], references: References, *, debug: bool = False) -> Closure:
    """Return the closure of some archives; with `debug`, with the debug archives of binaries.

    Raises `UserError` for packages that contain themselves, and what `references` raises.
    """
    closure = Closure(tuple(sorted(set(roots), key=str)))
    walk = _Walk(closure, references, debug)
    for root in closure.roots:
        walk.visit(root, ())
    return closure


@dataclass(slots=True)
class _Walk:
    closure: Closure
    references: References
    debug: bool

    def visit(self, archive: Archive, above: tuple[Archive, ...]) -> None:
        if archive in above:
            chain = (*above[above.index(archive) :], archive)
            raise UserError(
                f"the package {archive} contains itself",
                trail=tuple(f"{one} lists {other}" for one, other in itertools.pairwise(chain)),
                hint="remove one of these lines from the file `archives` of its recipe",
            )
        if archive in self.closure.needs:
            return
        needs = tuple(dict.fromkeys(self._needs(archive)))
        for other in needs:
            self.visit(other, (*above, archive) if archive.type is ArchiveType.PKG else ())
        self.closure.needs[archive] = needs

    def _needs(self, archive: Archive) -> Iterable[Archive]:
        references = self.references
        if archive.is_binary_package:
            yield archive.source
            for one in references.members(archive.source):
                if one.type is ArchiveType.PKG:
                    yield one.binary(archive.spec)
                elif one.type is ArchiveType.SRC and references.has_source(one):
                    yield one.binary(archive.spec)
                    if self.debug:
                        yield one.binary(archive.spec, ArchiveType.DBG)
        elif archive.type is ArchiveType.PKG:
            yield from references.members(archive)
        elif archive.type is ArchiveType.BIN:
            yield archive.source
        elif archive.type is ArchiveType.SRC:
            yield from references.interfaces(archive)


def work_order(closure: Closure) -> list[Archive]:
    """Return the archives that recipes make, none before one that it refers to."""
    order = [*closure.sorted(_WORK_ORDER), *closure.packages_in_order()]
    return [one for one in order if not one.version and not one.is_binary_package]


def interfaces_of(user: str, entries: Iterable[str]) -> list[Archive]:
    """Return the api archives in a file `used_apis` or `api` of a source archive of `user`.

    An entry is `NAME`, `NAME/VERSION` or in full `USER/api/NAME/VERSION`.
    """
    return [_interface(user, entry) for entry in entries]


def _interface(user: str, entry: str) -> Archive:
    parts = [part.replace("..", "__") for part in entry.split("/") if part]
    if len(parts) == 4 and parts[1] == ArchiveType.API:
        return Archive(parts[0], ArchiveType.API, parts[2], parts[3])
    return Archive(user, ArchiveType.API, parts[0], "/".join(parts[1:]))


def member_of(entry: str) -> Archive | None:
    """Return the archive in a line of a file `archives`, None when it is none that counts there."""
    parts = [part.replace("..", "__") for part in entry.split("/") if part]
    if len(parts) < 3 or parts[1] not in (ArchiveType.PKG, ArchiveType.SRC, ArchiveType.RAW):
        return None
    return Archive(parts[0], ArchiveType(parts[1]), parts[2], "/".join(parts[3:]))

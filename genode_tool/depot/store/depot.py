"""A depot directory: which archives it has, and what they say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.depot.archive.closure import interfaces_of, member_of
from genode_tool.depot.archive.content import PACKAGE_LIST
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.errors import EnvironmentProblem

_NO_VERSIONS = (".hash", ".build", ".record")
_NO_USERS = ("var",)


@dataclass(frozen=True, slots=True)
class Depot:
    """The depot at `path`, which need not exist. Only reads; what it reads may change meanwhile.

    Also the references of its archives (`closure.References`): `archives`, `used_apis`, `api`.
    """

    path: Path

    def place(self, archive: Archive) -> Path:
        """Return the directory of an archive."""
        return self.path / str(archive)

    def has(self, archive: Archive) -> bool:
        """Return whether the depot has an archive, in its version."""
        return bool(archive.version) and self.place(archive).is_dir()

    def hash_file(self, archive: Archive) -> Path:
        """Return the file with the hash of an archive."""
        return self.path / f"{archive}.hash"

    def record_file(self, archive: Archive) -> Path:
        """Return the file with what the tool knows of an archive; the original has none."""
        return self.path / f"{archive}.record"

    def hash_of(self, archive: Archive) -> str:
        """Return the recorded hash of an archive (of a binary: several), "" without one."""
        try:
            return self.hash_file(archive).read_text(errors="replace").strip()
        except OSError:
            return ""

    def may_be(self, archive: Archive, digest: str) -> bool:
        """Return whether an archive could have a hash: unless it is there with another one."""
        return not self.has(archive) or self.hash_of(archive) == digest

    def versions(self, archive: Archive) -> tuple[str, ...]:
        """Return the versions of an archive in the depot, sorted as text."""
        return tuple(
            name
            for name in _directories(self.path / archive.family)
            if not name.startswith(".") and name != "incomplete" and not name.endswith(_NO_VERSIONS)
        )

    def users(self) -> tuple[str, ...]:
        """Return the users who have archives in the depot."""
        found = (name for name in _directories(self.path) if name not in _NO_USERS)
        return tuple(name for name in found if not name.startswith("."))

    def archives(self, kinds: Sequence[ArchiveType] = tuple(ArchiveType)) -> Iterator[Archive]:
        """Yield every archive of the given types, in every version, sorted by user and type."""
        for family in self.families(kinds):
            for version in self.versions(family):
                yield family.at(version)

    def families(self, kinds: Sequence[ArchiveType] = tuple(ArchiveType)) -> Iterator[Archive]:
        """Yield every archive of the given types without its version."""
        for user in self.users():
            for kind in kinds:
                top = self.path / user / kind
                for first in _directories(top):
                    if kind.has_recipe:
                        yield Archive(user, kind, first)
                    else:
                        for name in _directories(top / first):
                            yield Archive(user, kind, name, spec=first)

    def unfinished(self) -> Iterator[Path]:
        """Yield what calls that were killed left in the depot: directories that are no archive."""
        for family in self.families():
            place = self.path / family.family
            for name in _directories(place):
                if name == "incomplete" or name.endswith((".build", ".part")):
                    yield place / name

    def words(self, archive: Archive, file: str) -> tuple[str, ...]:
        """Return the words of a file of an archive, () when there is none.

        Raises `EnvironmentProblem` when it cannot be read.
        """
        path = self.place(archive) / file
        try:
            return tuple(path.read_text(errors="surrogateescape").split())
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise EnvironmentProblem(f"cannot read {path}: {error.strerror}") from error

    # --- references ---------------------------------------------------------------------------

    def members(self, package: Archive) -> Sequence[Archive]:
        """Return the packages, sources and raw archives that a package lists."""
        found = (member_of(word) for word in self.words(package, PACKAGE_LIST))
        return [one for one in found if one is not None]

    def interfaces(self, source: Archive) -> Sequence[Archive]:
        """Return the api archives that a source archive uses and implements."""
        return [
            *self.interfaces_in(source, "used_apis"),
            *self.interfaces_in(source, "api"),
        ]

    def interfaces_in(self, source: Archive, file: str) -> Sequence[Archive]:
        """Return the api archives in one of the files `used_apis` and `api`."""
        return interfaces_of(source.user, self.words(source, file))

    def has_source(self, source: Archive) -> bool:
        """Return whether the depot has the source archive."""
        return self.has(source)


def _directories(path: Path) -> list[str]:
    """Return the sorted names of the directories in `path`, [] when it is none."""
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []

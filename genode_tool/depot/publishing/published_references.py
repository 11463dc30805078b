"""What published archives refer to: read from the compressed files, without unpacking them."""

from __future__ import annotations

import lzma
import tarfile
from collections.abc import Sequence
from pathlib import Path

from genode_tool.depot.archive.closure import interfaces_of, member_of
from genode_tool.depot.archive.content import PACKAGE_LIST
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.publishing.openpgp import BadSignature

_LISTS = (PACKAGE_LIST, "used_apis", "api")
_MOST_BYTES = 1 << 20


def published_path(archive: Archive) -> str:
    """Return the path of an archive below the directory of its user."""
    return f"{str(archive).partition('/')[2]}.tar.xz"


class PublishedReferences:
    """The references of the archives in a public directory (`closure.References`).

    An archive that is not there refers to nothing. Raises `BadSignature` for a file that is no
    compressed archive.
    """

    def __init__(self, public: Path) -> None:
        self._public = public
        self._known: dict[Archive, dict[str, list[str]]] = {}

    def place(self, archive: Archive) -> Path:
        """Return the file with an archive."""
        return self._public / archive.user / published_path(archive)

    def members(self, package: Archive) -> Sequence[Archive]:
        """Return the packages, sources and raw archives that a package lists."""
        found = (member_of(word) for word in self._words(package, PACKAGE_LIST))
        return [one for one in found if one is not None]

    def interfaces(self, source: Archive) -> Sequence[Archive]:
        """Return the api archives that a source archive uses and implements."""
        words = (*self._words(source, "used_apis"), *self._words(source, "api"))
        return interfaces_of(source.user, words)

    def has_source(self, source: Archive) -> bool:
        """Return whether a source archive is there."""
        return self.place(source).is_file()

    def _words(self, archive: Archive, file: str) -> list[str]:
        path = self.place(archive)
        if archive not in self._known:
            if not path.is_file():
                return []
            self._known[archive] = _read_lists(path, archive)
        return self._known[archive].get(file, [])


def _read_lists(path: Path, archive: Archive) -> dict[str, list[str]]:
    found = {}
    try:
        with tarfile.open(path, "r:xz") as tar:
            for member in tar:
                directory, _, name = member.name.rpartition("/")
                if directory == archive.version and name in _LISTS and member.isfile():
                    stream = tar.extractfile(member)
                    if stream is not None:
                        found[name] = stream.read(_MOST_BYTES).decode(errors="replace").split()
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise BadSignature(f"{path}: not a compressed archive: {error}") from error
    return found

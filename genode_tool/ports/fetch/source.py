"""One download of a port, as its description declares it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Self

from genode_tool.errors import Location, UserError
from genode_tool.ports.fetch.addresses import split_url


class SourceKind(Enum):
    """The kind of a download; the value is its suffix in `DOWNLOADS`."""

    ARCHIVE = "archive"
    FILE = "file"
    GIT = "git"
    SPARSE_GIT = "sparse-git"
    SVN = "svn"
    DEBIAN = "debian"
    PYPI = "pypi"

    @property
    def is_file(self) -> bool:
        """True if it arrives as one file; the others arrive as a directory."""
        return self not in (SourceKind.GIT, SourceKind.SPARSE_GIT, SourceKind.SVN)

    @property
    def is_unpacked(self) -> bool:
        """True if the file is an archive to be extracted into `DIR`."""
        return self in (SourceKind.ARCHIVE, SourceKind.DEBIAN, SourceKind.PYPI)


_ALGORITHMS = {40: "sha1", 64: "sha256", 128: "sha512"}


@dataclass(frozen=True, slots=True)
class Digest:
    """The hash that a file must have. `hex` is in lower case."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str, location: Location | None = None) -> Self:
        """Read the value of `SHA(…)`; its length decides the algorithm.

        Raises `UserError` when it is not a SHA-1, SHA-256 or SHA-512 in hexadecimal digits.
        """
        digits = text.strip().lower()
        if len(digits) not in _ALGORITHMS or not re.fullmatch("[0-9a-f]+", digits):
            raise UserError(
                f"`{text.strip()}` is not a hash: expected the 64 hexadecimal digits of a SHA-256 "
                f"(40 of a SHA-1 in older trees), found {len(digits)} characters",
                location=location,
                hint="`sha256sum FILE` prints it",
            )
        return cls(_ALGORITHMS[len(digits)], digits)

    def new(self) -> hashlib._Hash:
        """Return an empty hash of this algorithm."""
        return hashlib.new(self.algorithm, usedforsecurity=False)

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


@dataclass(frozen=True, slots=True)
class PortSource:
    """One word of `DOWNLOADS` with all that the description declares for it.

    `name` is the word without its suffix. `urls` holds `URL(name)`; several are tried in turn.
    For Debian and PyPI it is the name of the source package or project, `version` the wanted
    version. `directory` is `DIR(name)` and `file_name` is `NAME(name)`, both relative to the
    port's directory; of a Debian source package `file_name` picks a file other than the
    upstream tarball. `key` is `KEY(name)`. `tar_options` and `unzip_options` are shell text as
    the description has it, empty where it says nothing.
    """

    kind: SourceKind
    name: str
    urls: tuple[str, ...]
    digest: Digest | None = None
    version: str = ""
    revision: str = ""
    directory: str = ""
    file_name: str = ""
    sparse_path: str = ""
    signature_url: str = ""
    key: str = ""
    tar_options: str = ""
    unzip_options: str = ""
    location: Location | None = None

    @property
    def url(self) -> str:
        """The first URL; for Debian and PyPI the package's name."""
        return self.urls[0] if self.urls else ""

    @property
    def local_name(self) -> str:
        """The path below the port's directory at which a file is left (`NAME` or from `URL`)."""
        if self.file_name:
            return self.file_name
        # The compression is unknown until the package is found, and file names have no epoch.
        if self.kind is SourceKind.DEBIAN:
            return f"{self.url}_{self.version.rpartition(':')[2]}.orig.tar"
        if self.kind is SourceKind.PYPI:
            return f"{self.url}-{self.version}.sdist"
        return base_name(self.url)

    def __str__(self) -> str:
        return f"{self.name}.{self.kind.value}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source that has arrived at `path` (a file, or the directory of a checkout).

    `sha256` is the file's hash, empty for a directory; `revision` is the exact commit or
    revision of a directory. `origin` says where it came from, for the log: a URL, a mirror's
    path, or "cache". `size` is in bytes, 0 for a directory.
    """

    path: Path
    origin: str
    sha256: str = ""
    revision: str = ""
    size: int = 0


def base_name(url: str) -> str:
    """Return the last part of a URL's text, query included, as `$(notdir URL)` does."""
    return url.rstrip("/").rpartition("/")[2] if url else ""


def path_name(url: str) -> str:
    """Return the last part of a URL's path, without query and fragment."""
    return PurePosixPath(split_url(url).path).name

"""`contrib/cache`: every verified download, named by its hash.

Entries are called `HASH_NAME`, as the framework's own tool calls them, so that trees and tools
share a cache, and a cache can be given to another machine as a mirror.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Note, Sink
from genode_tool.files import replacing
from genode_tool.ports.fetch.cache.hashes import Hashes, hash_file
from genode_tool.ports.fetch.cache.part import PartialDownload
from genode_tool.ports.fetch.problems import disk_problem
from genode_tool.ports.fetch.source import Digest


@dataclass(frozen=True, slots=True)
class CachedFile:
    """A verified file of the cache."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Cache:
    """The cache in `directory`, which is made with the first entry."""

    directory: Path

    def find(self, digest: Digest, base: str, sink: Sink) -> CachedFile | None:
        """Return the entry with `digest`, whatever its name, if its content still hashes to it.

        An entry that does not is deleted, with a warning.
        """
        named = self._path(digest.hex, base)
        # The same file may have been fetched under another name, from another URL.
        others = (p for p in sorted(self.directory.glob(f"{digest.hex}_*")) if p != named)
        for path in (named, *others):
            if path.suffix in (".part", ".from", ".tmp") or not path.is_file():
                continue
            try:
                hashes = hash_file(path, digest)
                if hashes.match:
                    return CachedFile(path, hashes.sha256, path.stat().st_size)
                path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise EnvironmentProblem(
                    f"cannot read the cached download {path}: {error.strerror}",
                    hint="delete it and run the command again",
                ) from error
            sink(
                Note(
                    f"{path} does not hash to its name ({digest.algorithm} {hashes.declared}): "
                    "deleted, will be fetched again",
                    "warning",
                )
            )
        return None

    def part(
        self,
        name: str,
        base: str,
        digest: Digest | None,
        deadline: Deadline,
        sink: Sink,
        source: str,
    ) -> PartialDownload:
        """Return the locked part `name_base.part` of `source`, after a wait while it is in use.

        Raises `EnvironmentProblem` when the cache cannot be written, or when another process
        holds the part until the deadline.
        """
        self.make()
        path = self._path(name, base)
        return PartialDownload(path.with_name(path.name + ".part"), digest, deadline, sink, source)

    def keep(self, part: PartialDownload, base: str) -> CachedFile:
        """Make the complete and verified `part` an entry."""
        hashes: Hashes = part.hashes
        size = part.offset
        path = self._path(hashes.declared, base)
        part.keep(path)
        return CachedFile(path, hashes.sha256, size)

    def make(self) -> None:
        """Make the directory. Raises `EnvironmentProblem` when that is not possible."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_problem(error, self.directory) from error

    def _path(self, name: str, base: str) -> Path:
        return self.directory / f"{name}_{_safe(base)}"


def _safe(base: str) -> str:
    """Return `base` short enough for any file system, with room for our suffixes."""
    return base.encode()[-180:].decode(errors="replace")


def copy_into_place(entry: Path, destination: Path) -> None:
    """Copy `entry` to `destination`, which is there completely or not at all.

    Raises `EnvironmentProblem` when the disk does not take it.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with replacing(destination) as part:
            try:
                shutil.copyfile(entry, part)
            except OSError as error:  # before the part is removed, which would make room again
                raise disk_problem(error, destination) from error
    except OSError as error:
        raise disk_problem(error, destination) from error

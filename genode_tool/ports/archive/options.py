"""Options and limits of an extraction, and its result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from genode_tool.errors import Location
from genode_tool.ports.fetch.source import PortSource

_DEFAULT_TAR_OPTIONS = "--strip-components=1"


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """Options for extracting an archive.

    `tar_options` and `unzip_options` are shell text that goes to the end of a `tar` command
    line, and into one of `unzip`, as the port description has it; relative names in it count
    from `cwd` (None: where the archive is). `keep_times` restores modification times of tar
    members, which the ports tools of newer trees do not do. `name` and `location` are for messages.
    """

    tar_options: str = _DEFAULT_TAR_OPTIONS
    unzip_options: str = ""
    keep_times: bool = False
    cwd: Path | None = None
    name: str = ""
    location: Location | None = None

    @classmethod
    def of(cls, source: PortSource, *, cwd: Path | None = None, keep_times: bool = False) -> Self:
        """Return what the description of `source` says."""
        return cls(
            source.tar_options or _DEFAULT_TAR_OPTIONS,
            source.unzip_options,
            keep_times,
            cwd,
            str(source),
            source.location,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that no honest source archive exceeds.

    `size` is in bytes after expansion, `ratio` is that size by the archive's and counts only
    above `free` bytes, so that a small archive of zeros is accepted.
    """

    size: int = 64 << 30
    members: int = 4_000_000
    ratio: int = 300
    free: int = 256 << 20

    def excess(self, size: int, members: int, archive: int) -> str:
        """Return the limit that is exceeded, in words, or ""."""
        if members > self.members:
            return f"it has more than {self.members} members"
        if size > self.size:
            return f"it expands to more than {self.size >> 20} MiB"
        if size > self.free and size > self.ratio * max(archive, 1):
            return f"it expands to more than {self.ratio} times its size"
        return ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The result of an extraction: members seen, their bytes, and links that were left out."""

    members: int
    size: int
    left_out: tuple[str, ...] = ()

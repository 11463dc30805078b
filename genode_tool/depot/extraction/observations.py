"""What one archive was made from: every source that was looked at, with a cheap stamp.

As long as all of it is as it was, the archive would be the same again. The form is that of
`genode_tool.recall`, whose `up_to_date` compares it.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genode_tool.building.memory.stamps import (
    Stamp,
    directory_stamp,
    file_stamp,
    is_racy,
)
from genode_tool.recall import kind_at

if TYPE_CHECKING:
    from genode_tool.recall import Checks


@dataclass(slots=True)
class Stamps:
    """The stamps taken in one call; each path is looked at once for all archives."""

    began_ns: int = field(default_factory=time.time_ns)
    _files: dict[str, Stamp | None] = field(default_factory=dict)
    _directories: dict[str, Stamp | None] = field(default_factory=dict)

    def of_file(self, path: str) -> Stamp | None:
        """Return the stamp of a file, None when there is none."""
        if path not in self._files:
            self._files[path] = file_stamp(path)
        return self._files[path]

    def of_directory(self, path: str) -> Stamp | None:
        """Return the stamp of a directory, None when there is none."""
        if path not in self._directories:
            self._directories[path] = directory_stamp(path)
        return self._directories[path]


@dataclass(slots=True)
class SourceObservations:
    """The sources of one archive. `trusted` is false when a stamp proves nothing.

    That is so for a source that changed just now: a further change may leave the same stamp.
    """

    stamps: Stamps
    trusted: bool = True
    _files: dict[str, Stamp] = field(default_factory=dict)
    _directories: dict[str, Stamp] = field(default_factory=dict)
    _kinds: dict[str, str | None] = field(default_factory=dict)
    _reals: dict[str, str] = field(default_factory=dict)

    def file(self, path: str) -> None:
        """Note that the content of a file counts; call it before reading."""
        if path in self._files:
            return
        stamp = self.stamps.of_file(path)
        if stamp is None:
            self.kind(path)
        else:
            self.trusted &= not is_racy(stamp, self.stamps.began_ns)
            self._files[path] = stamp

    def directory(self, path: str) -> None:
        """Note that the names in a directory count; call it before listing."""
        if path in self._directories:
            return
        stamp = self.stamps.of_directory(path)
        if stamp is None:
            self.kind(path)
        else:
            self.trusted &= not is_racy(stamp, self.stamps.began_ns)
            self._directories[path] = stamp

    def kind(self, path: str, kind: str | None = None) -> None:
        """Note that it counts what is at `path`: the `kind` if that is known, maybe nothing."""
        if path not in self._kinds:
            self._kinds[path] = kind or kind_at(path)

    def real(self, path: str, found: str | None) -> None:
        """Note the path free of links that `path` stands for."""
        if found is None:
            self.kind(path)
        else:
            self._reals[path] = found

    def tree(self, path: str) -> None:
        """Note that everything at and below `path` counts."""
        self.kind(path)
        if os.path.isdir(path):  # noqa: PTH112 - a string, thousands of times
            for directory, _, files in os.walk(path):
                self.directory(directory)
                for name in files:
                    self.file(f"{directory}/{name}")
        else:
            self.file(path)

    def checks(self) -> Checks:
        """Return the observations for `recall.up_to_date`."""
        return (self._files, self._directories, self._kinds, self._reals, {})

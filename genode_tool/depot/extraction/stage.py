"""The directory in which an archive is made, and the check that nothing is written elsewhere."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from genode_tool.depot.extraction.observations import SourceObservations
from genode_tool.errors import UserError

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


class OutsideArchive(UserError):
    """A recipe was about to write outside of its archive."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"a recipe writes outside of its archive: {path}",
            hint="a recipe may write below its current directory only",
        )


@dataclass(slots=True)
class Stage:
    """The archive's directory `top`, an absolute path free of links.

    `seen` takes note of what is read elsewhere, `report` takes the messages of file commands.
    """

    top: str
    seen: SourceObservations
    report: Callable[[str], None]
    _own: set[str] = field(default_factory=set)

    def path(self, name: str) -> str:
        """Return the absolute path for a name in a command."""
        return name if name.startswith("/") else f"{self.top}/{name}"

    def has(self, path: str) -> bool:
        """Return whether an absolute path lies in the archive, by its name."""
        return path == self.top or path.startswith(f"{self.top}/")

    def writable(self, path: str) -> str:
        """Return a path to write to, free of links but for its last part.

        Raises `OutsideArchive` when it leads out of the archive.
        """
        path = path.rstrip("/")
        directory, _, name = path.rpartition("/")
        if name in (".", ".."):
            directory, name = path, ""
        if path == self.top or directory in self._own:
            return path
        real = os.path.realpath(directory)
        if not self.has(real):
            raise OutsideArchive(path)
        if real == directory:
            self._own.add(directory)
        return f"{real}/{name}" if name else real

    def through_link(self, path: str) -> str:
        """Return what a path to write to stands for. Raises `OutsideArchive` as `writable`."""
        if not os.path.islink(path):  # noqa: PTH114 - strings, thousands of times
            return path
        real = os.path.realpath(path)
        if not self.has(real):
            raise OutsideArchive(path)
        return real

    def made(self, directory: str) -> None:
        """Take note of a new directory, at a path from `writable` or below one."""
        if directory.rpartition("/")[0] in self._own or directory == self.top:
            self._own.add(directory)

    def links_changed(self) -> None:
        """Take note that paths may lead elsewhere than before."""
        self._own.clear()

    def fail(self, program: str, text: str, error: OSError | None = None) -> int:
        """Report as a program would; return its status.

        Raises `error` again when the disk is to blame, not the recipe.
        """
        if error is not None and error.errno in _OF_THE_DISK:
            raise error
        self.report(f"{program}: {text}" + (f": {error.strerror}" if error else ""))
        return 1

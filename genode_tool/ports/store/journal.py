"""The finished steps of an unfinished port, which a call after an interruption need not repeat.

A text file beside the port's directory, one line per event: `begin STEP`, `end STEP`. It starts
with the hash of the description, since another description means other steps. A step that has begun
and not ended may have done anything by half, so what can be undone by removing one directory is
removed; after anything else the port starts over from its cached downloads.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from genode_tool.files import remove_tree, write_atomically

_DOWNLOADS = (".file", ".archive", ".git", ".sparse-git", ".svn", ".debian", ".pypi")


class Journal:
    """The steps of one port that is being prepared in `directory`."""

    def __init__(self, path: Path, directory: Path) -> None:
        self._path = path
        self._directory = directory
        self._done: set[str] = set()
        self._file: IO[str] | None = None

    @property
    def finished(self) -> int:
        """The number of finished steps."""
        return len(self._done)

    @property
    def descriptor(self) -> int:
        """The descriptor of the open file."""
        assert self._file is not None
        return self._file.fileno()

    def open(self, stamp: str, places: Mapping[str, str]) -> None:
        """Make `directory` fit for going on, or for starting, with the description `stamp`.

        `places` maps downloads to the directories, relative to ours, that they are put into.
        """
        begun, self._done = self._read(stamp)
        place = places.get(begun or "", "")
        # A file is copied into place as a whole, so an interrupted copy has left nothing.
        if begun is not None and not begun.endswith(".file"):
            if self._repeatable(begun, place, places):
                _remove(self._directory / place)
            else:
                self._done = set()
        if not self._done or not self._directory.is_dir():
            self._done = set()
            _remove(self._directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        lines = [f"port {stamp}\n", *(f"end {name}\n" for name in sorted(self._done))]
        write_atomically(self._path, "".join(lines))
        self._file = self._path.open("a", buffering=1)

    def _read(self, stamp: str) -> tuple[str | None, set[str]]:
        try:
            # What follows the last line end was cut off while it was written.
            lines = self._path.read_text(errors="replace").split("\n")[:-1]
        except FileNotFoundError:
            return None, set()
        if not lines or lines[0] != f"port {stamp}":
            return None, set()
        begun: str | None = None
        done: set[str] = set()
        for line in lines[1:]:
            verb, _, name = line.partition(" ")
            if verb == "begin":
                begun = name
            else:
                done.add(name)
                begun = None
        return begun, done

    def _repeatable(self, begun: str, place: str, places: Mapping[str, str]) -> bool:
        """Return whether removing `place` undoes the step, and undoes nothing else."""
        if not begun.endswith(_DOWNLOADS) or not _inner(place):
            return False
        return all(
            name.endswith(".file") or _apart(place, places.get(name, "")) for name in self._done
        )

    def done(self, step: str) -> bool:
        """Return whether `step` was finished, now or in an earlier call."""
        return step in self._done

    def begin(self, step: str) -> None:
        """Note that `step` begins."""
        self._write(f"begin {step}")

    def end(self, step: str) -> None:
        """Note that `step` is finished."""
        self._done.add(step)
        self._write(f"end {step}")

    def _write(self, line: str) -> None:
        assert self._file is not None
        self._file.write(f"{line}\n")

    def close(self) -> None:
        """Close the file; it stays for the next call."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def remove(self) -> None:
        """Forget everything: the port is complete."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()


def _inner(place: str) -> bool:
    """Return whether `place` is a true subdirectory, not the port's directory itself or above."""
    parts = PurePosixPath(os.path.normpath(place or ".")).parts
    return bool(parts) and parts[0] not in ("..", "/")


def _apart(one: str, other: str) -> bool:
    """Return whether neither directory lies in the other."""
    if not _inner(other):
        return False
    first = PurePosixPath(os.path.normpath(one))
    second = PurePosixPath(os.path.normpath(other))
    return not first.is_relative_to(second) and not second.is_relative_to(first)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        remove_tree(path)

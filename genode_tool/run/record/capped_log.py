"""A log file of limited size: the beginning and the end of what was written, and a note between.

Text beyond the limit of `NAME` goes to `NAME.tail`; when that is full, it becomes `NAME.tail-old`
and a new one begins. When the log is closed, both are appended to `NAME`. After a kill they are
still there, with the last words.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import IO

HEAD = 32 << 20
"""Bytes from the beginning of a log that are kept."""

TAIL = 16 << 20
"""Bytes from the end of a log that are kept at least; at most, it is twice as many."""

_TAIL, _OLD = ".tail", ".tail-old"


def is_tail_of(name: str) -> str:
    """Return the name of the log whose tail the file `name` is, "" for another file."""
    for suffix in (_OLD, _TAIL):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return ""


class CappedLog:
    """An open log. All methods raise `OSError` when the files cannot be written."""

    def __init__(self, path: Path, head: int | None = None, tail: int | None = None) -> None:
        """Continue the log at `path`; `head` and `tail` are limits in bytes."""
        self._path = path
        self._head = HEAD if head is None else head
        self._tail = TAIL if tail is None else tail
        self._file: IO[bytes] = path.open("ab", buffering=0)
        self._size = self._file.tell()
        self._rotated = 0  # how many tails were begun
        self._left_out = 0
        self._lines_left_out = 0
        self._lines_of_tails = [0, 0]  # the older one, the current one

    def write(self, data: bytes) -> None:
        """Append whole lines; they are with the operating system at once."""
        limit = self._tail if self._rotated else self._head
        if self._size and self._size + len(data) > limit:
            self._begin_tail()
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        self._size += len(data)
        if self._rotated:
            self._lines_of_tails[1] += data.count(b"\n")

    def close(self) -> None:
        """Append the tails."""
        self._file.close()
        if not self._rotated:
            return
        with self._path.open("ab") as whole:
            if self._lines_left_out:
                megabytes = self._left_out / 1e6
                note = f"[{self._lines_left_out} lines, {megabytes:.1f} MB, are left out here]\n"
                whole.write(note.encode())
            for part in self._parts():
                if part.exists():
                    with part.open("rb") as stream:
                        shutil.copyfileobj(stream, whole)
        for part in self._parts():
            part.unlink(missing_ok=True)

    def _parts(self) -> tuple[Path, Path]:
        return (
            self._path.with_name(self._path.name + _OLD),
            self._path.with_name(self._path.name + _TAIL),
        )

    def _begin_tail(self) -> None:
        self._file.close()
        old, current = self._parts()
        if self._rotated:
            if self._rotated > 1:
                self._left_out += old.stat().st_size
                self._lines_left_out += self._lines_of_tails[0]
            current.replace(old)
        self._file = current.open("wb", buffering=0)
        self._lines_of_tails = [self._lines_of_tails[1], 0]
        self._rotated += 1
        self._size = 0

"""The output of a run: two file descriptors, unbuffered, so that children write in order.

GNU make manual, "Output During Parallel Execution": with `-O`, what belongs together is held
back and written at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

_CHUNK = 1 << 16


class Output:
    """Standard output and standard error of a run, as file descriptors.

    `before_output` is called each time that something is about to be written, by us or by a
    command.
    """

    def __init__(self, stdout: int = 1, stderr: int = 2) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self._first = stdout
        self.before_output: Callable[[], None] | None = None

    def out(self, line: str) -> None:
        """Write a line to standard output."""
        self.start()
        _write(self.stdout, line)

    def err(self, line: str) -> None:
        """Write a line to standard error."""
        self.start()
        _write(self.stderr, line)

    def start(self) -> None:
        """Say that something is about to be written."""
        if self.before_output is not None:
            self.before_output()

    def out_directly(self, line: str) -> None:
        """Write a line to standard output, even while it is diverted."""
        _write(self._first, line)

    @contextmanager
    def diverted(self, other: Output) -> Iterator[None]:
        """Write to where `other` writes, for a while."""
        before = self.stdout, self.stderr
        self.stdout, self.stderr = other.stdout, other.stderr
        try:
            yield
        finally:
            self.stdout, self.stderr = before


class Held(Output):
    """Output of one target, kept in files until it is released to where it belongs.

    When both descriptors of `onto` lead to the same place, so do ours, and the order stays.
    `around` are lines for before and after what was held, on standard output.
    """

    def __init__(self, onto: Output, around: tuple[str, str] | None = None) -> None:
        import tempfile  # few calls hold output back

        self._onto = onto
        self._around = around
        self._out = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `release`
        same = os.path.sameopenfile(onto.stdout, onto.stderr)
        self._err = self._out if same else tempfile.TemporaryFile()  # noqa: SIM115
        super().__init__(self._out.fileno(), self._err.fileno())

    def release(self) -> None:
        """Write what was held; nothing can be written here afterwards."""
        holds = any(_holds(file) for file in (self._out, self._err))
        around = self._around if holds else None
        if holds:
            self._onto.start()
        if around is not None:
            self._onto.out(around[0])
        for file, descriptor in ((self._out, self._onto.stdout), (self._err, self._onto.stderr)):
            if file.closed:
                continue
            with file:
                file.seek(0)
                while data := file.read(_CHUNK):
                    _write_bytes(descriptor, data)
        if around is not None:
            self._onto.out(around[1])


def _holds(file: IO[bytes]) -> bool:
    return os.fstat(file.fileno()).st_size > 0


def _write(descriptor: int, line: str) -> None:
    _write_bytes(descriptor, (line + "\n").encode("utf-8", "surrogateescape"))


def _write_bytes(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]

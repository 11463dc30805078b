"""Where a run writes to: two file descriptors, unbuffered, so that children fall into place."""

from __future__ import annotations

import os


class Output:
    """Standard output and standard error of a run, as file descriptors."""

    def __init__(self, stdout: int = 1, stderr: int = 2) -> None:
        self.stdout = stdout
        self.stderr = stderr

    def out(self, line: str) -> None:
        """Write a line to standard output."""
        _write(self.stdout, line)

    def err(self, line: str) -> None:
        """Write a line to standard error."""
        _write(self.stderr, line)


def _write(descriptor: int, line: str) -> None:
    data = (line + "\n").encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(descriptor, data) :]

"""Sharing job slots with sub-makes.

GNU make manual, "Sharing Job Slots with GNU `make`", "POSIX Jobserver Interaction". Every
process has one slot of its own; each further job takes one byte out of a pipe (a named one, or
two inherited descriptors) and puts it back when it ends.
"""

from __future__ import annotations

import contextlib
import os
from fcntl import F_GETPIPE_SZ, fcntl
from typing import TYPE_CHECKING

from genode_tool.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path


class Jobserver:
    """A pool of tokens. `auth` is what `--jobserver-auth=` says to children."""

    def __init__(self, read: int, write: int, auth: str, fifo: Path | None, pipe: bool) -> None:
        self.read = read
        self._write = write
        self.auth = auth
        self._fifo = fifo
        self._held: list[bytes] = []
        self._pipe = pipe

    @classmethod
    def create(cls, jobs: int, style: str = "") -> Jobserver:
        """Make a pool for `jobs` jobs altogether; `style` is "fifo" (as default) or "pipe".

        Raises `UserError` for another style.
        """
        if style not in ("", "fifo", "pipe"):
            raise UserError(
                f"unknown jobserver auth style '{style}'", hint="the styles are fifo and pipe"
            )
        if style == "pipe":
            read, write = os.pipe()
            os.set_blocking(read, False)
            server = cls(read, write, f"{read},{write}", None, True)
        else:
            from genode_tool.scratch import make_scratch

            fifo = make_scratch("jobs") / "tokens"
            os.mkfifo(fifo, 0o600)
            read = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
            write = os.open(fifo, os.O_WRONLY)
            server = cls(read, write, f"fifo:{fifo}", fifo, False)
        # A pool of more jobs than the pipe has room for would wait for a reader, for ever.
        os.write(write, b"+" * min(jobs - 1, fcntl(write, F_GETPIPE_SZ)))
        return server

    @classmethod
    def join(cls, auth: str) -> Jobserver | None:
        """Return the pool of a parent, None when it is not available."""
        try:
            if auth.startswith("fifo:"):
                path = auth[5:]
                read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                return cls(read, os.open(path, os.O_WRONLY), auth, None, False)
            first, second = (int(one) for one in auth.split(","))
            os.fstat(first)
            os.fstat(second)
            # A description of our own, so that being non-blocking stays our affair.
            read = os.open(f"/proc/self/fd/{first}", os.O_RDONLY | os.O_NONBLOCK)
            return cls(read, second, auth, None, True)
        except (OSError, ValueError):
            return None

    @staticmethod
    def why_unavailable(auth: str) -> str:
        """Return why the named pipe of `auth` cannot be opened, "" when it can or is none."""
        path = auth.removeprefix("fifo:")
        if path == auth:
            return ""
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        except OSError as error:
            return f"cannot open jobserver {path}: {error.strerror}"
        return ""

    @staticmethod
    def well_formed(auth: str) -> bool:
        """Tell whether `auth` names a pool at all, available or not."""
        first, comma, second = auth.partition(",")
        numbers = bool(comma) and all(one.lstrip("-").isdigit() for one in (first, second))
        return auth.startswith("fifo:") or numbers

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The file descriptors that a sub-make must inherit."""
        if not self._pipe:
            return ()
        first, second = (int(one) for one in self.auth.split(","))
        return first, second

    def acquire(self) -> bool:
        """Take a token if there is one."""
        try:
            token = os.read(self.read, 1)
        except BlockingIOError:
            return False
        if not token:
            return False
        self._held.append(token)
        return True

    def release(self) -> None:
        """Put a token back."""
        if self._held:
            os.write(self._write, self._held.pop())

    def close(self) -> None:
        """Put all tokens back and forget the pool."""
        while self._held:
            self.release()
        if self._fifo is not None:
            for descriptor in (self.read, self._write):
                os.close(descriptor)
            from genode_tool.scratch import remove_scratch

            with contextlib.suppress(OSError):
                remove_scratch(self._fifo.parent)
        elif self._pipe:
            with contextlib.suppress(OSError):
                os.close(self.read)

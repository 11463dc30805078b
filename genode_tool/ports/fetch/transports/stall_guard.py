"""Cuts connections that make no progress, however many bytes trickle in.

The timeout of a socket starts again with each byte. A server that sends its headers, the handshake
of TLS or the frames of a body byte by byte would be waited for without end.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from types import TracebackType

from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import TemporaryFailure

_local = threading.local()


class StallGuard:
    """Within the context, connections of this thread are cut unless `progress` is called in time.

    `cut` says that it happened.
    """

    def __init__(self, seconds: float) -> None:
        """Grant `seconds` from one `progress` to the next."""
        self.cut = False
        self.seconds = seconds
        self._sockets: list[socket.socket] = []
        self._changed = threading.Condition()
        self._over = False
        self._at = time.monotonic() + seconds
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> StallGuard:
        """Begin to watch."""
        _local.guard = self
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching; the connections stay open."""
        _local.guard = None
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()
        for one in self._sockets:
            one.close()

    @property
    def too_slow(self) -> TemporaryFailure:
        """What to raise when the connections were cut."""
        return TemporaryFailure(f"the server sent no complete answer within {self.seconds:g} s")

    def progress(self) -> None:
        """Grant the whole time again."""
        with self._changed:
            self._at = time.monotonic() + self.seconds

    def add(self, connection: socket.socket) -> None:
        """Watch a connection that is about to be used, which takes its time from now on."""
        with self._changed:
            self._at = time.monotonic() + self.seconds
            # A copy: TLS takes the descriptor out of the original.
            self._sockets.append(socket.socket(fileno=os.dup(connection.fileno())))
            if self.cut:
                self._cut_all()

    def _watch(self) -> None:
        with self._changed:
            while not self._over and (left := self._at - time.monotonic()) > 0:
                self._changed.wait(left)
            if not self._over:
                self.cut = True
                self._cut_all()

    def _cut_all(self) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def patience(policy: Policy) -> float:
    """Return the seconds for a part of an answer.

    Plain silence is noticed before, and reported as such.
    """
    return 2 * policy.stall_timeout + 1


def watch(connection: socket.socket | None) -> None:
    """Let the guard of this thread, if any, watch a connection."""
    guard = getattr(_local, "guard", None)
    if guard and connection is not None:
        guard.add(connection)

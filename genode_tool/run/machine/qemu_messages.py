"""QEMU's own messages: warnings, errors, and traces that are asked for with `-d`."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable, Sequence

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem

_CHUNK = 65536
_PAUSE_SECONDS = 0.005
_END_SECONDS = 2.0


class QemuMessages:
    """Reads what QEMU prints, line by line, in a thread: a full pipe would stop QEMU.

    `fd` is the end for QEMU to write to.
    """

    def __init__(self, on_lines: Callable[..., None]) -> None:
        """Hand lines to `on_lines`, from the thread; it may raise `EnvironmentProblem`."""
        self._on_lines = on_lines
        self._reader, self.fd = os.pipe()
        self._stop_reader, self._stop_writer = os.pipe()
        self._reading = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read, once QEMU has inherited `fd`; ours is closed."""
        os.close(self.fd)
        self.fd = -1
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def catch_up(self, *, to_the_end: bool = False) -> None:
        """Wait until all that QEMU has printed was handed on; with `to_the_end`, for its end."""
        deadline = Deadline.after(_END_SECONDS)
        if self._thread and to_the_end:
            self._thread.join(_END_SECONDS)
        while self._thread and self._thread.is_alive() and not deadline.expired:
            if not select.select([self._reader], [], [], 0)[0]:
                with self._reading:  # the rest of the last piece
                    return
            threading.Event().wait(_PAUSE_SECONDS)

    def close(self) -> None:
        """Read what is left, and close the pipe."""
        self.catch_up()
        os.close(self._stop_writer)
        if self._thread:
            self._thread.join()
        for fd in (self.fd, self._reader, self._stop_reader):
            if fd >= 0:
                os.close(fd)

    def _read(self) -> None:
        rest = b""
        while self._stop_reader not in select.select([self._reader, self._stop_reader], [], [])[0]:
            with self._reading:
                piece = os.read(self._reader, _CHUNK)
                if not piece:
                    break
                *lines, rest = (rest + piece).split(b"\n")
                if len(rest) > _CHUNK:
                    lines, rest = [*lines, rest], b""
                self._hand_on(lines)
        self._hand_on([rest])

    def _hand_on(self, lines: Sequence[bytes]) -> None:
        texts = [line.decode(errors="replace") for line in lines if line]
        with contextlib.suppress(EnvironmentProblem):  # of a full disk, the system's log reports
            self._on_lines(*texts)

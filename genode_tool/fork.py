"""Copies of this process that compute something in parallel; programs start in `process`."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Callable
from typing import Protocol

from genode_tool.deadline import Deadline
from genode_tool.keeper import forked


class Pausable(Protocol):
    """A thread that rests while this process is copied: a copy has no other threads."""

    def pause(self) -> None:
        """End the thread."""

    def resume(self) -> None:
        """Restart it."""


_pausable: list[Pausable] = []


def pause_for_forks(thread: Pausable) -> None:
    """Pause `thread` around each `fork`, until `leave_alone`."""
    _pausable.append(thread)


def leave_alone(thread: Pausable) -> None:
    """Take `pause_for_forks` back; no harm when that was done before."""
    with contextlib.suppress(ValueError):
        _pausable.remove(thread)


class Forked:
    """A copy of this process that computes a result; see `fork`."""

    def __init__(self, pid: int, reader: int) -> None:
        self._pid = pid
        self._reader = reader

    def result(self, timeout: float) -> bytes | None:
        """Return the result, None when the copy failed or took longer than `timeout` seconds."""
        deadline = Deadline.after(timeout)
        parts: list[bytes] = []
        try:
            while select.select([self._reader], [], [], deadline.remaining)[0]:
                part = os.read(self._reader, 1 << 20)
                if not part:
                    return b"".join(parts) if self._wait() == 0 else None
                parts.append(part)
        finally:
            self.end()
        return None

    def end(self) -> None:
        """Kill the copy if it is still running."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._wait()

    def _wait(self) -> int:
        pid, self._pid = self._pid, 0
        os.close(self._reader)
        return os.waitpid(pid, 0)[1]


def fork(work: Callable[[], bytes]) -> Forked:
    """Start `work` in a copy of this process; for work too small for a program of its own.

    The copy has no other threads, prints nothing, and must not touch what these may have locked.
    Its own children have a keeper of their own. When we have died, it exits as soon as it writes
    its result.
    """
    reader, writer = os.pipe()
    try:
        pid = copy_process()
    except OSError:  # no more processes or memory
        os.close(reader)
        os.close(writer)
        raise
    if pid:
        os.close(writer)
        return Forked(pid, reader)
    status = 1
    try:
        os.close(reader)
        data = memoryview(work())
        while data:
            data = data[os.write(writer, data) :]
        status = 0
    finally:
        # Not sys.exit: handlers and buffers are those of the original, which still needs them.
        os._exit(status)


def copy_process() -> int:
    """Fork; return the id of the copy, and 0 in the copy, which has to end with `os._exit`.

    The copy ends at the usual signals, and its children have a keeper of their own.
    """
    paused = list(_pausable)
    for thread in paused:
        thread.pause()
    try:
        pid = os.fork()
    except OSError:
        for thread in paused:
            thread.resume()
        raise
    if pid:
        for thread in paused:
            thread.resume()
        return pid
    try:
        # These are to end a copy, not to run what the original does about them.
        signal.set_wakeup_fd(-1)
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(one, signal.SIG_DFL)
        forked()
    except BaseException:
        os._exit(1)
    return 0

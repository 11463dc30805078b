"""Copies of this process that work in parallel; programs start in `process`."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from genode_tool.deadline import Deadline
from genode_tool.keeper import forked, keeper

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_STANDARD_OUTPUTS = (1, 2)


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


class Copy:
    """A copy of this process that goes on by itself; see `start_copy`.

    It leads a session of its own, whose id is `pid`.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None
        keeper().began(pid)

    def poll(self) -> int | None:
        """Return the exit status as `subprocess` has it, None while the copy runs."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
                keeper().ended(self.pid)
        return self._status

    def wait(self, seconds: float) -> int | None:
        """Wait up to `seconds`; return the exit status, None if the copy still runs."""
        if self.poll() is None:
            handle = os.pidfd_open(self.pid)
            try:
                select.select([handle], [], [], seconds)
            finally:
                os.close(handle)
        return self.poll()

    def interrupt(self) -> None:
        """Interrupt it as Ctrl-C does."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGINT)


def start_copy(work: Callable[[], int], keep: Collection[int] = ()) -> Copy:
    """Start `work` in a copy of this process, which exits with the status that it returns.

    The copy has standard output and error, the descriptors in `keep`, and no other file; no other
    threads; children with a keeper of their own. Ctrl-C raises `KeyboardInterrupt` in it (status
    130). It dies with us.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # what is not printed yet would be printed twice
    keeper()  # has to be there before the copy is
    gc.freeze()  # a collection in the copy would touch, and so duplicate, all our memory
    us = os.getpid()
    try:
        pid = copy_process()
    finally:
        gc.unfreeze()
    if pid:
        return Copy(pid)
    status = 1
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != us:
            os._exit(1)
        os.setsid()
        let_go_of_files({*_STANDARD_OUTPUTS, *keep})
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python has it: `BrokenPipeError`
        status = work()
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def let_go_of_files(kept: Collection[int]) -> None:
    """Put /dev/null in the place of all open descriptors of a copy but `kept`.

    They are not closed: objects of the original, which nobody needs here, would close the same
    numbers once more, when these belong to other files.
    """
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for entry in Path("/proc/self/fd").iterdir():
        descriptor = int(entry.name)
        if descriptor != nothing and descriptor not in kept:
            with contextlib.suppress(OSError):
                os.fstat(descriptor)  # the listing's own descriptor is closed by now
                os.dup2(nothing, descriptor, inheritable=descriptor <= 2)


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

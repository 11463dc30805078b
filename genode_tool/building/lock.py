"""One build at a time in a build directory: a lock that ends with its process.

flock(2) on a file in the build directory, so that a killed process leaves no lock behind. The
file also tells which process holds the lock, and which session the build steps run in: steps
that outlived a killed build are waited for before the next one starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from genode_tool.building.events import WaitingForLock
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Sink
from genode_tool.process import session_members

_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.1


class Lock:
    """A held lock."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._write(0)

    def session(self, leader: int) -> None:
        """Note the session that build steps run in (0: none any more)."""
        self._write(leader)

    def _write(self, leader: int) -> None:
        text = f"{os.getpid()} {leader}\n".encode().ljust(32)
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, text, 0)


@contextlib.contextmanager
def locked(
    directory: Path, sink: Sink, timeout: float = 24 * 3600.0, poll: float = _POLL_SECONDS
) -> Iterator[Lock]:
    """Hold the lock of the build directory whose state is in `directory`.

    Waits up to `timeout` seconds for another process, telling so once. Raises
    `EnvironmentProblem` when it takes longer or the directory is not writable.
    """
    path = directory / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot write {path}: {error.strerror}", hint="is the build directory writable?"
        ) from error
    try:
        _acquire(descriptor, path, sink, timeout, poll)
        _, leader = _owner(descriptor)
        deadline = time.monotonic() + _GRACE_SECONDS
        while leader and session_members(leader) and time.monotonic() < deadline:
            time.sleep(poll)
        yield Lock(descriptor)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, sink: Sink, timeout: float, poll: float) -> None:
    deadline = time.monotonic() + timeout
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner, _ = _owner(descriptor)
            if time.monotonic() > deadline:
                raise EnvironmentProblem(
                    f"the build directory {path.parents[2]} is still in use by process {owner} "
                    f"after {timeout:g} s of waiting",
                    hint="end that process, or build in another directory",
                ) from None
            if not told:
                sink(WaitingForLock(str(path.parents[2]), owner))
                told = True
            time.sleep(poll)
        else:
            return


def _owner(descriptor: int) -> tuple[int, int]:
    """Return the process that holds or held the lock, and the session of its steps."""
    with contextlib.suppress(OSError, ValueError):
        owner, leader = os.pread(descriptor, 32, 0).split()
        return int(owner), int(leader)
    return 0, 0

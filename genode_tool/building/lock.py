"""One build at a time in a build directory.

The lock's file also records which session the build steps run in: steps that outlived a killed
build are waited for before the next one starts.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from genode_tool import locks
from genode_tool.deadline import Deadline
from genode_tool.events import Sink
from genode_tool.process import session_members

_TIMEOUT_SECONDS = 24 * 3600.0
_GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.1


@contextlib.contextmanager
def locked(directory: Path, sink: Sink, timeout: float = _TIMEOUT_SECONDS) -> Iterator[locks.Lock]:
    """Hold the lock of the build directory whose state is in `directory`.

    Waits up to `timeout` seconds for another process, with an event. Raises `StillLocked` when
    it takes longer, `EnvironmentProblem` when the directory is not writable.
    """
    path = directory / "lock"
    subject = f"the build directory {path.parents[2]}"
    hint = "is the build directory writable?"
    with locks.locked(path, subject, Deadline.after(timeout), sink, hint=hint) as lock:
        let_steps_end(lock.previous_session)
        yield lock


@contextlib.contextmanager
def free(directory: Path) -> Iterator[None]:
    """Keep builds waiting for the moment that a question takes to write its memory.

    Raises `StillLocked` when a build is at work, `EnvironmentProblem` as `locked`.
    """
    lock = locks.acquire(directory / "lock", "the build directory", Deadline.after(0), noted=False)
    try:
        yield
    finally:
        lock.release()


def let_steps_end(session: int) -> None:
    """Wait for steps of a killed build; its keeper kills them, so that this is short."""
    deadline = Deadline.after(_GRACE_SECONDS)
    while session and session_members(session) and not deadline.expired:
        time.sleep(_POLL_SECONDS)

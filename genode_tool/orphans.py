"""Processes that outlived their parent: adopted by this process, and ended with it.

A program may leave its session (setsid(2)) and lose its parent; nothing that started it can name
it then. Linux gives such orphans to the nearest ancestor that asks for them
(PR_SET_CHILD_SUBREAPER of prctl(2)). What has become a child of this process without having been
started by it is an orphan.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Container, Iterator
from pathlib import Path

from genode_tool.deadline import Deadline

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_SECONDS = 2.0  # for all generations of orphans to die in
_PAUSE = 0.005


def adopt_orphans() -> None:
    """Adopt the orphans among the descendants of this process from now on."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def children() -> frozenset[int]:
    """Return the ids of this process's children, those that ended but were not waited for too."""
    found: set[int] = set()
    try:
        for thread in Path("/proc/self/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                found.update(map(int, (thread / "children").read_bytes().split()))
    except OSError:
        return frozenset()
    return frozenset(found)


def end_orphans(spared: Container[int]) -> tuple[int, ...]:
    """Kill all children but `spared`, and what they leave behind; return their ids.

    No other thread may start a process meanwhile: its first moments look like an orphan's.
    """
    deadline = Deadline.after(_SECONDS)
    ended: dict[int, None] = {}
    while orphans := [one for one in children() if one not in spared]:
        for one in orphans:
            ended[one] = None
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)
        # Their own children become ours when they are gone.
        for one in orphans:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(one, os.WNOHANG)
        if deadline.expired:
            break
        time.sleep(_PAUSE)
    return tuple(ended)


@contextlib.contextmanager
def no_orphans(started: Container[int]) -> Iterator[None]:
    """Within the context, adopt orphans; end them at its end.

    Spared are children that were there before and those that are in `started` at the end.
    """
    adopt_orphans()
    before = children()

    class _Spared:
        def __contains__(self, pid: object) -> bool:
            return pid in before or pid in started

    try:
        yield
    finally:
        end_orphans(_Spared())

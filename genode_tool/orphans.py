"""Processes that outlived their parent: adopted by this process, and ended with it.

A program may leave its session (setsid(2)) and lose its parent; nothing that started it can name
it then. Linux gives such orphans to the nearest ancestor that asks for them, as this process does
once it has a keeper (`keeper.adopt_orphans`). What has become a child of it without having been
started by it is an orphan.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Container, Iterator
from pathlib import Path

from genode_tool.deadline import Deadline

_SECONDS = 2.0  # for all generations of orphans to die in
_PAUSE = 0.005


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
def no_orphans() -> Iterator[None]:
    """End orphans at the end of the context: of what was started in it and is not known.

    Spared are children that were there before, and those that the keeper knows.
    """
    before = children()
    try:
        yield
    finally:
        if children() - before:
            end_orphans(_Spared(before))


class _Spared:
    def __init__(self, before: frozenset[int]) -> None:
        from genode_tool.keeper import keeper_knows  # most calls start nothing

        self._before = before
        self._known = keeper_knows

    def __contains__(self, pid: object) -> bool:
        return pid in self._before or self._known(pid)

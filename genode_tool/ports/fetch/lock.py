"""One process at a time, with a deadline for the others."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.fetch.problems import disk_problem

_BETWEEN_LOOKS = 0.1  # seconds


@contextmanager
def locked(path: Path, deadline: Deadline, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path` (flock(2), so it ends with us); `waiting` is called on contention.

    Raises `EnvironmentProblem` when it is not free at the deadline.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise disk_problem(error, path) from error
    try:
        told = False
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    waiting()
                    told = True
                if deadline.expired:
                    raise EnvironmentProblem(
                        f"another process still holds {path}", hint="wait for it to end, or end it"
                    ) from None
                time.sleep(_BETWEEN_LOOKS)
        yield
    finally:
        os.close(fd)

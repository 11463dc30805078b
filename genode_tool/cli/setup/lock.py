"""One set-up at a time: the lock of the place where private environments live."""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

from genode_tool.cli.setup.progress import announce
from genode_tool.errors import EnvironmentProblem

_DEADLINE_S = 1800


def unusable(place: Path, error: OSError) -> EnvironmentProblem:
    """Return what to tell the user when `place` cannot be written."""
    return EnvironmentProblem(
        f"cannot set up the private environment in {place}: {error.strerror or error}",
        hint="GENODE_HOME=DIR names another directory for it",
    )


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold the lock of `place`, which is created; another process's set-up is waited for.

    Raises `EnvironmentProblem` when the place cannot be written, or after half an hour.
    """
    path = place / "lock"
    try:
        place.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise unusable(place, error) from error
    with file:
        deadline = time.monotonic() + _DEADLINE_S
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    announce("waiting for another start that is setting up")
                    told = True
                if time.monotonic() > deadline:
                    raise EnvironmentProblem(
                        f"{path} was locked for {_DEADLINE_S // 60} minutes",
                        hint="end the process that holds it",
                    ) from None
                time.sleep(0.2)
        yield

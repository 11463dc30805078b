"""One set-up at a time: the lock of the directory of private environments."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from genode_tool import locks
from genode_tool.cli.setup.progress import announce
from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Event, Note

_DEADLINE_S = 1800
_ELSEWHERE = "GENODE_HOME=DIR names another directory for it"


def unusable(place: Path, error: OSError) -> EnvironmentProblem:
    """Return the error for a `place` that cannot be written."""
    return EnvironmentProblem(
        f"cannot set up the private environment in {place}: {error.strerror or error}",
        hint=_ELSEWHERE,
    )


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold the lock of `place`, which is created; another process's set-up is waited for.

    Raises `EnvironmentProblem` when the place cannot be written, or after half an hour.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(place, error) from error
    subject = f"the directory of private environments {place}"
    deadline = Deadline.after(_DEADLINE_S)
    with locks.locked(place / "lock", subject, deadline, _report, hint=_ELSEWHERE):
        yield


def _report(event: Event) -> None:
    if isinstance(event, Note):
        announce(event.text)

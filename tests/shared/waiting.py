"""Waiting for events. The limit is for what never comes: a busy machine takes its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LIMIT_S = 120.0


def until(happened: Callable[[], object], what: str) -> None:
    """Wait until `happened` returns something true; fail with `what` when it does not."""
    deadline = time.monotonic() + LIMIT_S
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {LIMIT_S:g} s"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Return whether a process has not ended; one that nobody waited for has."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def await_end(pid: int) -> None:
    """Wait until a process has ended."""
    until(lambda: not runs(pid), f"the end of process {pid}")

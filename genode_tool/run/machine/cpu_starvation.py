"""The time for which a system was ready to run while others had the processors.

On a loaded machine, a guest gets less than the time that passes. A timeout that counts wall-clock
seconds would then judge the load, not the guest. Linux keeps, per thread, the nanoseconds spent
ready on a run queue: the second number of `/proc/PID/task/TID/schedstat` (kernel documentation,
"Scheduler Statistics").
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from genode_tool.process import session_members

_MOST = 3.0  # times the timeout


class Starvation:
    """Watches the processes of one machine from the moment it is made."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = _waits(pid)

    @property
    def seconds(self) -> float:
        """Seconds that the most delayed thread has waited for a processor since then."""
        return (
            max(
                (now - self._before.get(thread, 0) for thread, now in _waits(self._pid).items()),
                default=0,
            )
            / 1e9
        )

    def grace(self, granted: float, already: float) -> float:
        """Return the seconds to wait on after a timeout of `granted` seconds, 0 for none.

        `already` were added before. The sum is limited, since a machine may wait forever.
        """
        more = min(self.seconds, _MOST * granted) - already
        return more if more > _LEAST else 0.0


_LEAST = 0.05


def _waits(pid: int) -> dict[str, int]:
    """Return, for each thread of the session that `pid` leads, its nanoseconds of waiting."""
    found: dict[str, int] = {}
    for member in session_members(pid) | {pid}:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    found[task.name] = int((task / "schedstat").read_text().split()[1])
    return found

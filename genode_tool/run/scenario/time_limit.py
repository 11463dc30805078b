"""The time limit of a scenario, which ends one that hangs outside of its own timeouts.

The waits of a run script have deadlines. What a script does besides (a loop in Tcl, a program
that it starts with `exec`, a power switch that does not answer) has none. With many scenarios in a
row, one that hangs must not keep the others from their turn: a timer (setitimer(2)) runs while a
scenario does anything but build, and each wait that has a deadline of its own is granted on top.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from genode_tool.run.options import RunOptions

MOST_GRANTED = 7200.0
"""Seconds that waits can add at most: a script may wait in a loop forever."""

_AGAIN_SECONDS = 2.0
_BACKSTOP_SECONDS = 60.0


class TimeLimitReached(KeyboardInterrupt):
    """Unwinds a scenario that reached its time limit, `seconds` in the end."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TimeLimit:
    """The time that one scenario has; `over` once it is up."""

    def __init__(self, seconds: float, most: float) -> None:
        """Start the clock with `seconds`; waits may add up to `most` seconds."""
        self.seconds = seconds
        self.over = False
        self._grantable = most
        self._end = time.monotonic() + seconds
        self._arm(seconds)

    def grant(self, seconds: float | None) -> None:
        """Add what a wait takes at most; None for a wait without end, which adds nothing."""
        added = min(seconds or 0.0, self._grantable)
        self._grantable -= added
        self._end += added
        self.seconds += added
        self._arm(self._end - time.monotonic())

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock within the context."""
        begun = time.monotonic()
        self.stop()
        try:
            yield
        finally:
            self._end += time.monotonic() - begun
            self._arm(self._end - time.monotonic())

    @staticmethod
    def stop() -> None:
        """Stop the clock for good."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    @staticmethod
    def _arm(seconds: float) -> None:
        # More than once: what a signal's handler raises is lost where it meets C code of Tcl.
        # Not 0, which would stop the timer (setitimer(2)).
        signal.setitimer(signal.ITIMER_REAL, max(0.001, seconds), _AGAIN_SECONDS)


@contextlib.contextmanager
def time_limit(options: RunOptions, reached: Callable[[], None]) -> Iterator[TimeLimit | None]:
    """Within the context, `TimeLimitReached` is raised when a scenario reaches its time limit.

    `reached` is called before that, still at the place where the scenario hangs. Without a
    time limit in `options`, and outside of the main thread, nothing happens.
    """
    if options.time_limit is None or threading.current_thread() is not threading.main_thread():
        yield None
        return
    scale = options.timeout_scale

    def over(_signum: int, _frame: FrameType | None) -> None:
        limit.over = True
        reached()
        raise TimeLimitReached(limit.seconds)

    former = signal.signal(signal.SIGALRM, over)
    limit = TimeLimit(options.time_limit * scale, MOST_GRANTED * scale)
    try:
        yield limit
    finally:
        limit.stop()
        signal.signal(signal.SIGALRM, former)


def backstop(options: RunOptions) -> float | None:
    """Return the seconds after which a worker that should have exited is killed."""
    if options.time_limit is None:
        return None
    each = (options.time_limit + MOST_GRANTED) * options.timeout_scale + _BACKSTOP_SECONDS
    return each * (1 + options.retries)

"""The point in time at which a wait ends, passed down through all of its parts."""

from __future__ import annotations

import time

from genode_tool.record import record

_SHORTEST = 0.01  # seconds: for those who take 0 for "no time limit"
_LONGEST = 1e9  # seconds: select(2) and others refuse some that are longer


@record
class Deadline:
    """A point on the monotonic clock.

    `at` is in seconds of `time.monotonic()`; None means that it never ends.
    """

    at: float | None = None

    @staticmethod
    def after(seconds: float | None) -> Deadline:
        """Return the deadline `seconds` from now; None for a wait without end."""
        return Deadline(None if seconds is None else time.monotonic() + seconds)

    @property
    def remaining(self) -> float | None:
        """Seconds left, never below 0, some decades at most; None when there is no end."""
        return None if self.at is None else min(max(0.0, self.at - time.monotonic()), _LONGEST)

    @property
    def expired(self) -> bool:
        """True when the time is over."""
        return self.at is not None and time.monotonic() >= self.at

    def earlier(self, seconds: float) -> Deadline:
        """Return this deadline or the one `seconds` from now, whichever comes first."""
        other = time.monotonic() + seconds
        return Deadline(other if self.at is None else min(self.at, other))

    def bounded(self, seconds: float) -> float:
        """Return `seconds`, or less when the deadline comes first (never below 0.01 s)."""
        left = self.remaining
        return seconds if left is None else max(_SHORTEST, min(seconds, left))

"""Exit statuses in words."""

from __future__ import annotations

import signal


def describe_status(status: int) -> str:
    """Return an exit status in words; a negative one is the number of a signal."""
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"

"""The mark of an environment: complete, and in use.

A module of its own, because every call of the launcher looks at it, and few set anything up.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

STAMP = "stamp"
"""The file in an environment that equals the requirements it was made for; its time: last used."""

_DAY_S = 24 * 3600


def mark_used(environment: Path) -> None:
    """Note, at most once a day, that the environment is in use, so that it is not removed."""
    stamp = environment / STAMP
    with contextlib.suppress(OSError):
        if time.time() - stamp.stat().st_mtime > _DAY_S:
            os.utime(stamp)

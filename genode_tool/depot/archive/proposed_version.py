"""The version that changed content gets: the date, or what a command of the user prints.

The date is that of SOURCE_DATE_EPOCH if it is set, and always that of UTC: the same everywhere.
"""

from __future__ import annotations

import datetime
import os
import time
from pathlib import Path

from genode_tool import process
from genode_tool.depot.archive.version import check_version
from genode_tool.errors import UserError

_SECONDS = 60.0


def current_date() -> str:
    """Return the date as YYYY-MM-DD. Raises `UserError` for a wrong SOURCE_DATE_EPOCH."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        seconds = int(epoch) if epoch else time.time()
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise UserError(
            f"SOURCE_DATE_EPOCH={epoch} is no number of seconds since 1970",
            hint="unset it, or set it to what `date +%s` prints",
        ) from error


def proposed_version(command: str, directory: Path) -> str:
    """Return the first word that `command` prints in `directory`, without a command today's date.

    Raises `UserError` when that is not a version.
    """
    if not command:
        return current_date()
    done = process.run(["/bin/sh", "-c", command], cwd=directory, timeout=_SECONDS)
    words = done.stdout.decode(errors="replace").split()
    if done.returncode or not words:
        raise UserError(
            f"the version command `{command}` printed no version (exit code {done.returncode})",
            hint="it has to print a version such as 2026-01-28",
        )
    return check_version(words[0], f"version command `{command}`")

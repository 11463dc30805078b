"""The version that changed content gets: the date, or what a command of the user prints."""

from __future__ import annotations

import datetime
from pathlib import Path

from genode_tool import process
from genode_tool.depot.archive.version import check_version
from genode_tool.errors import UserError

_SECONDS = 60.0


def date_of_today() -> str:
    """Return today's date where the user is, as YYYY-MM-DD."""
    return datetime.datetime.now(tz=None).date().isoformat()


def proposed_version(command: str, directory: Path) -> str:
    """Return the first word that `command` prints in `directory`, without a command today's date.

    Raises `UserError` when that is not a version.
    """
    if not command:
        return date_of_today()
    done = process.run(["/bin/sh", "-c", command], cwd=directory, timeout=_SECONDS)
    words = done.stdout.decode(errors="replace").split()
    if done.returncode or not words:
        raise UserError(
            f"the version command `{command}` printed no version (exit code {done.returncode})",
            hint="it has to print a version such as 2026-01-28",
        )
    return check_version(words[0], f"version command `{command}`")

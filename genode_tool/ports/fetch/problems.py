"""Errors of fetching, and the words for sizes and places in them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, GenodeError
from genode_tool.ports.fetch.addresses import split_url


class PortFailed(GenodeError):
    """A source is not available, or is not what its description declares."""

    exit_code = 1


class FetchFailed(PortFailed):
    """A source could not be fetched; `trail` holds one line per place that was tried."""


class Unavailable(Exception):
    """One place does not have the source and will not have it a minute later either.

    `hint` says what to do where that differs from naming another place.
    """

    def __init__(self, words: str, hint: str = "") -> None:
        super().__init__(words)
        self.hint = hint


class TemporaryFailure(Exception):
    """One place failed in a way that may be over soon; `pause` is what it asked for (seconds)."""

    def __init__(self, words: str, pause: float | None = None) -> None:
        super().__init__(words)
        self.pause = pause


def disk_problem(error: OSError, path: Path) -> EnvironmentProblem:
    """Return the error for a failed write to `path`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentProblem(
            f"cannot write {path}: {free_space(path)}",
            hint="free some space and run the command again; complete downloads are kept",
        )
    return EnvironmentProblem(f"cannot write {path}: {error.strerror}")


def free_space(path: Path) -> str:
    """Return how much room is left on the file system of `path`, which need not exist."""
    place = path
    while not place.exists() and place != place.parent:
        place = place.parent
    status = os.statvfs(place)
    return f"the file system is full ({megabytes(status.f_bavail * status.f_frsize)} left)"


def megabytes(count: int) -> str:
    """Return a number of bytes in a readable unit."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:.1f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


def without_password(url: str) -> str:
    """Return `url` without a password, for messages and logs."""
    parts = split_url(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=f"{parts.username}:***@{parts.netloc.rpartition('@')[2]}").geturl()

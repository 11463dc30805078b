"""Cheap signs that a file or directory is as it was: times, size and inode, or a digest.

A file system takes times from a clock that advances in steps. Two changes within one step leave
the same time, so an equal stamp proves nothing when the last change that it shows was too close
to the moment of the look. Such a stamp is *racy*, and the content is compared instead.
"""

from __future__ import annotations

import os
import stat as stat_bits
from _blake2 import blake2b  # `hashlib` would load OpenSSL
from collections.abc import Iterable

CLOCK_GRANULARITY_NS = 50_000_000
"""File clocks advance at least this often: five ticks of the slowest kernel clock, 100 Hz."""

Stamp = tuple[int, ...]
"""Of a file (mtime, ctime, size, inode, device), of a directory the same without the size.

Times are in ns. The change time cannot be set back, as the other one can (utimensat(2)).
"""


def file_stamp(path: str) -> Stamp | None:
    """Return what changes when a file changes, or None when there is nothing at `path`."""
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of times
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)


def directory_stamp(path: str) -> Stamp | None:
    """Return what changes when a name appears in a directory or leaves it; None for no directory.

    The change time changes with permissions, too, which no listing shows: then names are compared.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of times
    except (OSError, ValueError):
        return None
    if not stat_bits.S_ISDIR(found.st_mode):
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def is_racy(stamp: Stamp, looked_ns: int) -> bool:
    """Return whether a change after the look may leave the same stamp.

    `looked_ns` is the time of the look, or any time before it (`time.time_ns`).
    """
    return max(stamp[:2]) > looked_ns - CLOCK_GRANULARITY_NS


def digest(data: bytes) -> str:
    """Return a digest of some content."""
    return blake2b(data, digest_size=16).hexdigest()


def digest_of(names: Iterable[str]) -> str:
    """Return a digest of a sequence of names."""
    return digest("\0".join(names).encode(errors="surrogateescape"))


def digest_of_file(path: str) -> str | None:
    """Return a digest of a file's content, or None when there is no readable file."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - thousands of times
            return digest(file.read())
    except (OSError, ValueError):
        return None


def digest_of_names(path: str) -> str | None:
    """Return a digest of the sorted names in a directory, or None when it is not one."""
    try:
        return digest_of(sorted(os.listdir(path)))  # noqa: PTH208 - names, not paths
    except (OSError, ValueError):
        return None

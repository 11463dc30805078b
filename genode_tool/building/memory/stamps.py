"""Cheap signs that a file or directory is as it was."""

from __future__ import annotations

import hashlib
import os
import stat as stat_bits
from collections.abc import Iterable


def file_stamp(path: str) -> tuple[int, ...] | None:
    """Return what changes when a file changes (times in ns, size, inode), or None."""
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of times
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def directory_stamp(path: str) -> tuple[int, int] | None:
    """Return what changes when a name appears in a directory or leaves it, or None."""
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of times
    except (OSError, ValueError):
        return None
    if not stat_bits.S_ISDIR(found.st_mode):
        return None
    return (found.st_mtime_ns, found.st_ino)


def unchanged(stamps: Iterable[tuple[str, tuple[int, ...]]], *, directories: bool) -> bool:
    """Tell whether all files, or all directories, still have their stamps."""
    look = directory_stamp if directories else file_stamp
    return all(look(path) == tuple(stamp) for path, stamp in stamps)


def digest(data: bytes) -> str:
    """Return a digest of some content."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def digest_of(names: Iterable[str]) -> str:
    """Return a digest of a sequence of names."""
    return digest("\0".join(names).encode(errors="surrogateescape"))


def digest_of_file(path: str) -> str | None:
    """Return a digest of what a file holds, or None when there is no readable one."""
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

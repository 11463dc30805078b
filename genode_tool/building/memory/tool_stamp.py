"""The stamp of the tool itself: results of another version are not reused."""

from __future__ import annotations

import os
from _blake2 import blake2b  # `hashlib` would load OpenSSL
from collections.abc import Iterator
from functools import cache

from genode_tool.resources import PACKAGE

_ROOMS = ("building", "makefile", "tree")


@cache
def tool_stamp(rooms: tuple[str, ...] = _ROOMS) -> str:
    """Return a digest of the names, sizes and times of the modules that make results."""
    modules = [one for room in rooms for one in _modules(f"{PACKAGE}/{room}")]
    return blake2b(repr(sorted(modules)).encode(), digest_size=12).hexdigest()


def _modules(directory: str) -> Iterator[tuple[str, int, int]]:
    """Yield path, size in bytes and modification time in nanoseconds of each module below."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.path, found.st_size, found.st_mtime_ns
            elif "." not in entry.name and entry.is_dir():
                yield from _modules(entry.path)

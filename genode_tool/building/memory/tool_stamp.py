"""What changes when the tool itself changes: results of another version are not taken over."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

_ROOMS = ("build", "makefile", "makefile/functions", "tree")


@cache
def tool_stamp() -> str:
    """Return a digest of the names, sizes and times of the modules that make results."""
    package = Path(__file__).parents[2]
    facts = []
    for room in _ROOMS:
        with os.scandir(package / room) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    found = entry.stat()
                    facts.append((room, entry.name, found.st_size, found.st_mtime_ns))
    return hashlib.blake2b(repr(sorted(facts)).encode(), digest_size=12).hexdigest()

"""The program ninja, from the Python package of that name.

Importing the package takes longer than finding out that there is nothing to build: it asks
`sysconfig` for all paths of the installation. So the program is looked for where installers put
it, next to the interpreter, and its version is read off the package's metadata directory.
"""

from __future__ import annotations

import contextlib
import os
import sys
from functools import cache
from pathlib import Path

from genode_tool.record import record
from genode_tool.regex import regex

_METADATA = regex(r"ninja-([^-]+)\.dist-info")


@record
class Ninja:
    """A ninja: the path of the program, and its version."""

    program: str
    version: str


@cache
def own_ninja() -> Ninja | None:
    """Return the ninja of the package, or None without one."""
    program = Path(sys.prefix) / "bin/ninja"
    version = _version()
    if version and program.is_file():
        return Ninja(str(program), version)
    try:
        import ninja
    except ImportError:
        return None
    program = Path(ninja.BIN_DIR) / "ninja"
    return Ninja(str(program), ninja.__version__) if program.is_file() else None


def _version() -> str:
    """Return the version of the package that an import would find, "" for none."""
    for directory in sys.path:
        with contextlib.suppress(OSError):
            names = os.listdir(directory or ".")  # noqa: PTH208 - names, not paths
            if "ninja" in names:
                found = filter(None, map(_METADATA.fullmatch, names))
                return next((match.group(1) for match in found), "")
    return ""

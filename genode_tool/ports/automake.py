"""Keeping automake from running again.

Files of an archive are as new as the moment of their extraction, so a `Makefile.in` may look
older than the `Makefile.am` it was made from, and a configured build would call a certain
version of automake for it. Trees since 2022 rename the targets of such rules after extraction;
the lines are the same here, so that ports come out the same.
"""

from __future__ import annotations

import re
from pathlib import Path

_PREFIX = b"IGNORE-"
_RULES = (
    re.compile(rb"Makefile\.in:.*Makefile\.am"),
    re.compile(rb"\(ACLOCAL_M4\):.*am__aclocal_m4_deps\)"),
    re.compile(rb".*:.*\.yy"),
)


def wanted(genode_dir: Path) -> bool:
    """Tell whether the tree expects this; one without a ports tool of its own does."""
    tool = genode_dir / "tool/ports/mk/install.mk"
    try:
        return _PREFIX in tool.read_bytes()
    except FileNotFoundError:
        return True


def discharge(directory: Path) -> None:
    """Rename the targets of rules that make makefiles, in every `Makefile.in` below."""
    for path in sorted(directory.rglob("Makefile.in")):
        if path.is_file() and not path.is_symlink():
            before = path.read_bytes()
            after = b"\n".join(_line(line) for line in before.split(b"\n"))
            if after != before:
                mode = path.stat().st_mode
                path.chmod(mode | 0o200)
                path.write_bytes(after)
                path.chmod(mode)


def _line(line: bytes) -> bytes:
    for rule in _RULES:
        if rule.search(line):
            line = _PREFIX + line
    return line

"""Differences between trees of different ages in extracting archives.

Files of an archive are as new as the moment of their extraction in newer trees, so a
`Makefile.in` may look older than the `Makefile.am` it was made from, and a configured build
would call a certain version of automake for it. Such trees rename the targets of those rules
after extraction; the lines are the same here, so that ports come out the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genode_tool.regex import regex

_PREFIX = b"IGNORE-"
_RULES = (
    regex(rb"Makefile\.in:.*Makefile\.am"),
    regex(rb"\(ACLOCAL_M4\):.*am__aclocal_m4_deps\)"),
    regex(rb".*:.*\.yy"),
)


@dataclass(frozen=True, slots=True)
class ExtractionStyle:
    """The way archives are extracted in a tree.

    `keep_times`: members keep their modification times. `disable_automake_rules`: the targets of
    rules that would call automake are renamed.
    """

    keep_times: bool = False
    disable_automake_rules: bool = True

    @classmethod
    def of(cls, genode_dir: Path) -> ExtractionStyle:
        """Return the style of the tree's own ports tool; without one, that of the newest tree."""
        try:
            text = (genode_dir / "tool/ports/mk/install.mk").read_bytes()
        except FileNotFoundError:
            return cls()
        return cls(b"tar xm" not in text, _PREFIX in text)


def disable_automake_rules(directory: Path) -> None:
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

"""Search paths: `vpath`, `VPATH`, libraries (`-lNAME`).

GNU make manual, "Searching Directories for Prerequisites".
"""

from __future__ import annotations

from genode_tool.errors import Location
from genode_tool.makefile import words
from genode_tool.makefile.variables.protocols import Variables
from genode_tool.record import record
from genode_tool.regex import regex

_DIRECTORY = regex(r"[^: \t\n\v\f\r]+")


@record
class Vpath:
    """The directories for names that match `pattern`."""

    pattern: str
    directories: tuple[str, ...]
    location: Location | None


def directories(text: str) -> tuple[str, ...]:
    """Split a search path at colons and blanks; slashes at the ends are dropped."""
    result = []
    for one in _DIRECTORY.findall(text):
        plain = one.rstrip("/") or "/"
        while plain.startswith("./") and len(plain) > 2:
            plain = plain[2:].lstrip("/") or "."
        if plain != ".":
            result.append(plain)
    return tuple(result)


class Vpaths:
    """The search paths of an evaluation, in the order of their directives."""

    def __init__(self, ev: Variables) -> None:
        self._ev = ev
        self.entries: list[Vpath] = []

    def add(self, pattern: str, path: str, location: Location | None = None) -> None:
        """`vpath PATTERN DIRECTORIES`."""
        found = directories(path)
        if found:
            self.entries.append(Vpath(pattern, found, location))

    def remove(self, pattern: str) -> None:
        """`vpath PATTERN`."""
        self.entries = [one for one in self.entries if one.pattern != pattern]

    def clear(self) -> None:
        """`vpath` alone."""
        self.entries = []

    @property
    def given(self) -> bool:
        """Whether there are any directories to search."""
        return bool(self.entries) or "VPATH" in self._ev.globals

    def candidates(self, name: str) -> list[str]:
        """Return where a file `name` that is not in its place is looked for, in order."""
        return [path for _, path in self.ranked(name)]

    def ranked(self, name: str) -> list[tuple[tuple[int, int], str]]:
        """Return the candidates with their ranks, which compare those of different names."""
        if name.startswith("/"):
            return []
        found: list[tuple[tuple[int, int], str]] = []
        for rank, entry in enumerate(self.entries):
            prefix, suffix = words.pattern(entry.pattern)
            if suffix is None:
                if name != prefix:
                    continue
            elif words.stem(name, prefix, suffix) is None:
                continue
            found += _below(rank, entry.directories, name)
        general = self._ev.value("VPATH") if "VPATH" in self._ev.globals else ""
        if general.strip():
            found += _below(len(self.entries), directories(general), name)
        return found


def _below(rank: int, directories: tuple[str, ...], name: str) -> list[tuple[tuple[int, int], str]]:
    return [((rank, at), f"{one}/{name}") for at, one in enumerate(directories)]

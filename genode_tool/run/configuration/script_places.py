"""Places in a run script of the lines of configurations that it writes.

A line of a generated file is found where it stands literally in the script, or in what the script
includes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from genode_tool.errors import Location


class ScriptPlaces:
    """Finds the lines of generated files in the run script, or in what it includes."""

    def __init__(self, script: Path, repositories: Sequence[Path], texts: dict[str, str]) -> None:
        self._script = script
        self._repositories = repositories
        self._split = {name: text.split("\n") for name, text in texts.items()}
        self._read: dict[Path, list[str]] = {}
        self._found: dict[tuple[str, int], tuple[str, int, int]] = {}

    def place(self, location: Location) -> Location:
        """Return the place in the script of a place in a generated file."""
        if location.file not in self._split or not location.line:
            return location
        lines = self._split[location.file]
        if location.line > len(lines) or not lines[location.line - 1].strip():
            return location
        key = location.file, location.line
        if key not in self._found:
            self._found[key] = self._search(lines, location.line - 1)
        path, line, shift = self._found[key]
        return Location(path, line, location.column + shift) if line else location

    def _search(self, lines: list[str], index: int) -> tuple[str, int, int]:
        """Return file and line where a line stands, and by how many columns it is shifted."""
        for path in (self._script, *self._included()):
            found = self._find(path, lines, index)
            if found:
                return str(path), found, 0
        # The first line of a text may follow the brace that opens it.
        wanted = lines[index]
        places = [
            (number, line.find(wanted))
            for number, line in enumerate(self._lines(self._script), 1)
            if wanted in line
        ]
        return (str(self._script), *places[0]) if len(places) == 1 else ("", 0, 0)

    def _find(self, path: Path, lines: list[str], index: int) -> int:
        """Return the line number of `lines[index]` in a file, by as much context as it takes."""
        have = self._lines(path)
        candidates = [number for number, line in enumerate(have) if line == lines[index]]
        reach = 0
        while len(candidates) > 1 and reach < len(lines):
            reach += 1
            kept = [
                number for number in candidates if self._same(have, number, lines, index, reach)
            ]
            if not kept:
                break
            candidates = kept
        return candidates[0] + 1 if len(candidates) == 1 else 0

    @staticmethod
    def _same(have: list[str], number: int, lines: list[str], index: int, reach: int) -> bool:
        for step in (-reach, reach):
            if 0 <= index + step < len(lines) and 0 <= number + step < len(have):
                wanted = lines[index + step]
                if wanted.strip() and have[number + step].strip() != wanted.strip():
                    return False
        return True

    def _included(self) -> Iterable[Path]:
        for repository in self._repositories:
            yield from sorted((repository / "run").glob("*.inc"))

    def _lines(self, path: Path) -> list[str]:
        if path not in self._read:
            try:
                self._read[path] = path.read_text(errors="replace").split("\n")
            except OSError:
                self._read[path] = []
        return self._read[path]

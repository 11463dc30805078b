"""Places in a run script of the lines of configurations that it writes.

A line of a generated file is found where it stands literally in the script, or in what the script
includes. Lines that occur once on both sides are matched first, their neighbours then follow them,
so that the time grows with the number of lines, however alike they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from genode_tool.errors import Location


class ScriptPlaces:
    """Finds the lines of generated files in the run script, or in what it includes.

    `texts` are the generated files by the names that locations use.
    """

    def __init__(
        self, script: Path, repositories: Sequence[Path], texts: Mapping[str, str]
    ) -> None:
        self._script = script
        self._repositories = repositories
        self._files = {name: _GeneratedFile(text.split("\n")) for name, text in texts.items()}
        self._texts: dict[Path, str] = {}

    def place(self, location: Location) -> Location:
        """Return the place in the script of a place in a generated file."""
        file = self._files.get(location.file)
        if file is None or not 0 < location.line <= len(file.lines):
            return location
        index = location.line - 1
        if not file.lines[index].strip():
            return location
        if index not in file.found:
            file.found[index] = self._search(file, index)
        path, line, shift = file.found[index]
        return Location(path, line, location.column + shift) if line else location

    def _search(self, file: _GeneratedFile, index: int) -> tuple[str, int, int]:
        """Return file and line where a line stands, and by how many columns it is shifted."""
        for path in self._sources():
            if path not in file.aligned:
                file.aligned[path] = aligned(file.lines, self._text(path).split("\n"))
            number = file.aligned[path].get(index)
            if number is not None:
                return str(path), number + 1, 0
        return self._search_within_lines(file.lines[index])

    def _search_within_lines(self, wanted: str) -> tuple[str, int, int]:
        """Find a line as the part of another: the first one may follow the brace before it."""
        text = self._text(self._script)
        start = text.find(wanted)
        if start < 0 or text.find(wanted, start + 1) >= 0:
            return "", 0, 0
        begins = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        line = bisect_right(begins, start)
        return str(self._script), line, start - begins[line - 1]

    def _sources(self) -> Iterator[Path]:
        yield self._script
        for repository in self._repositories:
            yield from sorted((repository / "run").glob("*.inc"))

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            try:
                self._texts[path] = path.read_text(errors="replace")
            except OSError:
                self._texts[path] = ""
        return self._texts[path]


class _GeneratedFile:
    """The lines of a file, and what was found of them: places by index, alignments by source."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.found: dict[int, tuple[str, int, int]] = {}
        self.aligned: dict[Path, dict[int, int]] = {}


def aligned(lines: Sequence[str], source: Sequence[str]) -> dict[int, int]:
    """Return which of `lines` stand where in `source`, as indices.

    A line that stands once in both is an anchor. From there, the lines above and below are
    matched as long as both sides agree but for indentation. A single line that differs, because
    the script has a variable there, does not end this.
    """
    once = _once(lines)
    there = _once(source)
    found = {index: there[line] for line, index in once.items() if line in there}
    for anchor, target in tuple(found.items()):
        for step in (1, -1):
            index, number, differing = anchor + step, target + step, 0
            while 0 <= index < len(lines) and 0 <= number < len(source) and index not in found:
                if lines[index].strip() == source[number].strip():
                    differing = 0
                    if lines[index] == source[number]:
                        found[index] = number
                elif differing:
                    break
                else:
                    differing = 1
                index, number = index + step, number + step
    return found


def _once(lines: Sequence[str]) -> dict[str, int]:
    """Return the index of each line that occurs once and is not blank."""
    found: dict[str, int] = {}
    for index, line in enumerate(lines):
        found[line] = -1 if line in found else index
    return {line: index for line, index in found.items() if index >= 0 and line.strip()}

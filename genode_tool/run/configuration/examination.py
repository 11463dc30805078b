"""The configurations of a scenario: got by following its script, checked before anything starts.

A finding is placed in the run script where the text stands there literally.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from genode_tool.config.checks.report import CheckOptions
from genode_tool.config.examine import Examination, dialect_of, examine
from genode_tool.config.schema.catalogue import find_schemas
from genode_tool.errors import Location
from genode_tool.events import discard
from genode_tool.run.context.build_side import BuildSide, LightBuild
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import Plan, PlannedImage
from genode_tool.run.verdict import Verdict

CONFIG = "config"
"""The boot module that init reads."""

_PATIENCE_SECONDS = 2.0  # for a script that, without a running system, never ends
_GENERIC = re.compile(r"^(core|ld|timer)-.*?(\.lib\.so|\.o|)$")
_MEMORY = re.compile(r"(\d+)([MG]?)")


def plan_lightly(
    build: BuildSide, name: str, switches: tuple[str, ...] = ()
) -> tuple[Verdict, Plan]:
    """Follow a run script without asking what its goals would make. Raises `UserError`."""
    from genode_tool.run.engine.scenario_runner import plan_all

    options = RunOptions(plan=True, switches=switches, plan_seconds=_PATIENCE_SECONDS)
    ((verdict, plan),) = plan_all(LightBuild(build), [name], options, discard)
    return verdict, plan


def examine_image(
    build: BuildSide,
    script: Path,
    image: PlannedImage,
    options: CheckOptions,
    directory: Path | None = None,
) -> Examination | None:
    """Return what is found in the configuration of an image; None when it has none.

    `directory` is the boot directory, if there is one: messages name its files when a text is
    not in the script as it is.
    """
    text = image.files.get(CONFIG, "")
    if not text.strip():
        return None
    texts = {name: content for name, content in image.files.items() if content.strip()}
    built = (directory,) if directory else ()
    schemas = find_schemas(build.repositories, built)

    def shown(name: str) -> str:
        return str(directory / name) if directory else f"{script} ({name})"

    def modules(name: str) -> tuple[str, str] | None:
        if name in texts:
            return texts[name], shown(name)
        return _raw_module(build.repositories, name)

    places = ScriptPlaces(script, build.repositories, {shown(n): t for n, t in texts.items()})
    return examine(
        text,
        shown(CONFIG),
        schemas,
        dialect_of(build.genode_dir),
        options=options,
        modules=modules,
        translate=places.place,
    )


def _raw_module(repositories: Iterable[Path], name: str) -> tuple[str, str] | None:
    """Return a configuration that a recipe for raw content holds, with its path."""
    if not name.endswith((".config", ".hid", ".xml")):
        return None
    for repository in repositories:
        for path in sorted((repository / "recipes/raw").glob(f"*/{name}")):
            return path.read_text(errors="replace"), str(path)
    return None


def known_modules(names: Iterable[str], image: PlannedImage) -> frozenset[str]:
    """Return the boot modules under the names that programs use."""
    found = {*names, *image.modules, *image.files}
    return frozenset(found | {generic_name(name) for name in found})


def generic_name(name: str) -> str:
    """Return the name that programs use for `core-hw-pc.o`, `ld-linux.lib.so` and the like."""
    return _GENERIC.sub(r"\1\2", name).removesuffix(".o")


def memory_of(arguments: Sequence[str]) -> int:
    """Return the RAM that QEMU's arguments grant, in bytes; 0 when they do not say."""
    size = 0
    for option, value in itertools.pairwise(arguments):
        match = _MEMORY.match(value.removeprefix("size="))
        if option == "-m" and match:
            size = int(match[1]) << (30 if match[2] == "G" else 20)
    return size


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

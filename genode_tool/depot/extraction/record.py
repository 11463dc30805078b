"""Records of what archives were made from, below `var/genode` of the depot.

A valid record answers, without evaluating anything, which hash the sources of a recipe have now.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.building.memory.observation import (
    Look,
    Observation,
    observe_directory,
    observe_file,
    observe_kind,
)
from genode_tool.building.memory.store import STATE, MemoryStore
from genode_tool.building.memory.tool_stamp import tool_stamp
from genode_tool.depot.archive.content import PACKAGE_LIST
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.recipes.recipe import Recipe
from genode_tool.depot.store.depot import Depot
from genode_tool.files import remove_parts
from genode_tool.recall import up_to_date

if TYPE_CHECKING:
    from genode_tool.recall import Checks

_ROOMS = ("depot", "makefile")
_READ = ("hash", PACKAGE_LIST, "used_apis", "api")

Use = tuple[str, str, str]
"""Type, name and version of an archive that the content of another one names."""


@dataclass(frozen=True, slots=True)
class ExtractionRecord:
    """What is known of the content that a recipe stands for.

    `hash` and `digest` are those of `archive.content`; `uses` are the versions in it; `checks` are
    its sources.
    """

    recipe: str
    hash: str
    digest: str
    uses: tuple[Use, ...]
    checks: Checks

    def sources_unchanged(self, recipe: Recipe) -> bool:
        """Return whether the content would be the same, as far as versions in it are the same."""
        return self.recipe == str(recipe.directory) and up_to_date(self.checks)


class ExtractionRecords:
    """The records of one depot."""

    def __init__(self, depot: Path) -> None:
        self._store = MemoryStore(depot / STATE / "extracted")
        self._form = f"extraction 1 {tool_stamp(_ROOMS)}"
        self._cleaned: set[Path] = set()

    def read(self, archive: Archive) -> ExtractionRecord | None:
        """Return the record of an archive, whatever its version; None without a usable one."""
        data = self._store.read(archive.family, self._form)
        return ExtractionRecord(*data) if data is not None else None

    def write(self, archive: Archive, record: ExtractionRecord) -> None:
        """Replace the record of an archive, holding the depot's lock.

        Raises `EnvironmentProblem` when that fails.
        """
        place = (self._store.directory / archive.family).parent
        if place not in self._cleaned:
            remove_parts(place)
            self._cleaned.add(place)
        data = (record.recipe, record.hash, record.digest, record.uses, record.checks)
        self._store.write(archive.family, self._form, data)


def observations_of(
    depot: Depot, recipes: Recipes, finished: Mapping[Archive, ExtractionRecord]
) -> Iterator[Observation]:
    """Yield everything that the answer of a call rests on which found all archives up to date.

    `finished` has their records.
    """
    looked_ns = time.time_ns()
    for directory in recipes.directories():
        yield observe_directory(str(directory), looked_ns)
    for archive, record in finished.items():
        recipe = recipes.get(*archive.recipe)
        yield observe_directory(str(recipe.directory), looked_ns)
        for name in _READ:
            if (recipe.directory / name).is_file():
                yield observe_file(str(recipe.directory / name), looked_ns)
        current = archive.at(recipe.version)
        yield observe_file(str(depot.hash_file(current)), looked_ns)
        yield observe_kind(str(depot.place(current)))
        files, directories, kinds, reals, _ = record.checks
        for path, stamp in files.items():
            yield Observation((Look.FILE, path), None, (path, stamp))
        for path, stamp in directories.items():
            yield Observation((Look.DIRECTORY, path), None, (path, stamp))
        for path, kind in kinds.items():
            yield Observation((Look.KIND, path), kind)
        for path, real in reals.items():
            yield Observation((Look.REAL, path), real)

"""The content that recipes stand for now, made in a scratch directory and only looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool.depot.archive.name import Archive
from genode_tool.depot.extraction.extract import MissingPorts
from genode_tool.depot.extraction.needed_ports import scratch_area
from genode_tool.depot.extraction.record import ExtractionRecords
from genode_tool.depot.extraction.staging import StagedArchive, StagingArea
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.store.depot import Depot
from genode_tool.scratch import scratch_directory


@dataclass(frozen=True, slots=True)
class CurrentContent:
    """Makes archives in `area`, unless a record in the depot tells their hash."""

    recipes: Recipes
    depot: Depot
    area: StagingArea

    @classmethod
    @contextlib.contextmanager
    def of(cls, recipes: Recipes, depot: Depot, contrib_dir: Path) -> Iterator[CurrentContent]:
        """Return it for a while; what it makes is gone afterwards."""
        with scratch_directory("depot") as scratch:
            yield cls(recipes, depot, scratch_area(recipes, contrib_dir, scratch))

    def hash_of(self, archive: Archive) -> str:
        """Return the hash of the content. Raises `GenodeError` when it cannot be made."""
        recipe = self.recipes.get(*archive.recipe)
        record = ExtractionRecords(self.depot.path).read(archive.at(""))
        if (
            record is not None
            and record.sources_unchanged(recipe)
            and record.uses == self.area.uses_of(archive)
        ):
            return record.hash
        with self.made(archive) as staged:
            return staged.content.hash

    @contextlib.contextmanager
    def made(self, archive: Archive) -> Iterator[StagedArchive]:
        """Return the archive, made, for a while. Raises `GenodeError`."""
        with self.area.archive(archive) as staged:
            staged.evaluate()
            if staged.missing_ports:
                raise MissingPorts(sorted(staged.missing_ports))
            staged.make()
            yield staged

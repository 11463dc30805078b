"""Creating archives: they are extracted from recipes, then the binaries among them are built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.depot.archive.name import Archive
from genode_tool.depot.binaries.build import BinaryBuild, BinaryOptions
from genode_tool.depot.events import ArchiveFinished
from genode_tool.depot.extraction.extract import Extraction, ExtractionOptions
from genode_tool.depot.extraction.staging import StagingArea
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.store.depot import Depot
from genode_tool.depot.store.writer import DepotWriter
from genode_tool.events import Sink, discard
from genode_tool.scratch import scratch_directory


@dataclass(frozen=True, slots=True)
class Creation:
    """Fills `depot` from the recipes of a tree. Archives are named without versions."""

    recipes: Recipes
    depot: Depot
    contrib_dir: Path
    sink: Sink = discard

    def extract(
        self, archives: Iterable[Archive], options: ExtractionOptions
    ) -> tuple[Extraction, tuple[ArchiveFinished, ...]]:
        """Extract archives with all that they need; return the extraction, and how each ended.

        Raises `GenodeError` as `Extraction.run`.
        """
        writer = DepotWriter(self.depot)
        with scratch_directory("depot") as private:
            area = StagingArea(self.recipes, self.contrib_dir, private, writer.new_directory)
            extraction = Extraction(self.recipes, writer, area, options, self.sink)
            return extraction, extraction.run(archives)

    def build(
        self, archives: Sequence[Archive], options: BinaryOptions
    ) -> tuple[BinaryBuild, tuple[ArchiveFinished, ...]]:
        """Build the binaries in what some archives need; return the work, and how each ended.

        Raises `UserError` when sources are missing. Archives without version are meant in the
        version that their recipe has now: an extraction may have given it a new one.
        """
        build = BinaryBuild(self.recipes.genode_dir, DepotWriter(self.depot), options, self.sink)
        wanted = [
            one.at(one.version or self.recipes.current_version(one))
            for one in archives
            if one.is_binary_package or not one.type.has_recipe
        ]
        return build, build.run(wanted) if wanted else ()

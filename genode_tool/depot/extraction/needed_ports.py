"""The ports that recipes need, found by evaluating their `content.mk` files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from genode_tool.depot.archive.closure import Closure, work_order
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.extraction.staging import StagingArea
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.errors import GenodeError
from genode_tool.scratch import scratch_directory

_WITH_CONTENT = (ArchiveType.API, ArchiveType.SRC, ArchiveType.RAW)


def needed_ports(
    recipes: Recipes, contrib_dir: Path, archives: Iterable[Archive]
) -> Mapping[Archive, tuple[str, ...]]:
    """Return the ports of each api, src and raw archive whose recipe can be evaluated."""
    found: dict[Archive, tuple[str, ...]] = {}
    with scratch_directory("depot") as scratch:
        area = scratch_area(recipes, contrib_dir, scratch)
        for archive in archives:
            if archive.type in _WITH_CONTENT and any(recipes.candidates(*archive.recipe)):
                try:
                    with area.archive(archive) as staged:
                        staged.evaluate()
                        found[archive] = tuple(sorted(staged.ports))
                except GenodeError:
                    continue  # `extract` reports it
    return found


def missing_ports(recipes: Recipes, contrib_dir: Path, closure: Closure) -> tuple[str, ...]:
    """Return the ports that recipes of a closure need and that are not prepared, sorted.

    Raises `GenodeError` for a recipe that cannot be evaluated.
    """
    found: set[str] = set()
    with scratch_directory("depot") as scratch:
        area = scratch_area(recipes, contrib_dir, scratch)
        for archive in work_order(closure):
            if archive.type in _WITH_CONTENT:
                with area.archive(archive) as staged:
                    staged.evaluate()
                    found.update(staged.missing_ports)
    return tuple(sorted(found))


def scratch_area(recipes: Recipes, contrib_dir: Path, scratch: Path) -> StagingArea:
    """Return an area below the empty directory `scratch`, for archives that are only looked at."""
    private = scratch / "private"
    private.mkdir()

    def directory_for(archive: Archive) -> Path:
        path = scratch / str(archive.family)
        path.mkdir(parents=True)
        return path

    return StagingArea(recipes, contrib_dir, private, directory_for)

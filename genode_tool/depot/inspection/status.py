"""The state of archives: whether the depot has what the sources of the tree stand for now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.inspection.current_content import CurrentContent
from genode_tool.depot.inspection.difference import Difference, differences
from genode_tool.depot.inspection.inventory import ArchiveState, Entry
from genode_tool.depot.store.depot import Depot
from genode_tool.depot.store.ingredients import ingredient_hashes, ingredients
from genode_tool.errors import GenodeError, UserError


class Freshness(Enum):
    """How fresh an archive is; the value is the word for it."""

    CURRENT = "current"
    CHANGED = "changed"
    """The sources are not what the version and hash of the recipe stand for."""
    OUTDATED = "outdated"
    """The recipe has a version that the depot does not have."""
    STALE = "stale"
    """A binary that was built from other content than its source and interfaces have."""
    MISSING = "missing"
    NO_RECIPE = "no recipe"
    UNKNOWN = "unknown"
    """The content cannot be made."""


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an archive, and why it is so, in words."""

    archive: Archive
    freshness: Freshness
    reason: str = ""


def status_of(entry: Entry, current: CurrentContent) -> Status:
    """Return the state of an archive."""
    archive = entry.archive
    if entry.state is ArchiveState.NO_RECIPE:
        return Status(archive, Freshness.NO_RECIPE)
    if archive.type is ArchiveType.BIN:
        return _status_of_binary(entry, current.depot)
    if archive.type is ArchiveType.DBG:
        same = entry.state is ArchiveState.CURRENT
        return Status(archive, Freshness.CURRENT if same else Freshness.OUTDATED)
    try:
        recipe = current.recipes.get(*archive.recipe)
        found = current.hash_of(archive)
    except GenodeError as error:
        return Status(archive, Freshness.UNKNOWN, error.message)
    if found != recipe.hash:
        return Status(archive, Freshness.CHANGED, f"the sources are not {recipe.version}")
    return Status(archive, _FRESHNESS[entry.state], _versions(entry))


_FRESHNESS = {
    ArchiveState.CURRENT: Freshness.CURRENT,
    ArchiveState.OUTDATED: Freshness.OUTDATED,
    ArchiveState.MISSING: Freshness.MISSING,
}


def _versions(entry: Entry) -> str:
    if entry.state is ArchiveState.OUTDATED:
        return f"the recipe has {entry.version}, the depot {' '.join(entry.in_depot)}"
    return ""


def _status_of_binary(entry: Entry, depot: Depot) -> Status:
    if entry.state is not ArchiveState.CURRENT:
        return Status(entry.archive, Freshness.OUTDATED, _versions(entry))
    binary = entry.archive.at(entry.version)
    reason = "; ".join(reasons_of_binary(binary, depot))
    return Status(entry.archive, Freshness.STALE if reason else Freshness.CURRENT, reason)


def reasons_of_binary(binary: Archive, depot: Depot) -> Iterator[str]:
    """Yield why a binary in the depot does not belong to the source and interfaces there."""
    recorded = depot.hash_of(binary).split()
    wanted = ingredient_hashes(depot, binary)
    if not recorded or not depot.has(binary.source) or recorded == wanted:
        return
    names = ingredients(depot, binary)
    if len(recorded) != len(wanted):
        yield f"{binary.source} uses other interfaces than when it was built"
        return
    for name, before, now in zip(names, recorded, wanted, strict=False):
        if before != now:
            yield f"{name} has another content"


def changes_of(entry: Entry, current: CurrentContent) -> tuple[Archive, list[Difference]]:
    """Return the archive in the depot that is closest to the recipe, and what is different now.

    Raises `UserError` when the depot has none, and `GenodeError` when the content cannot be made.
    """
    depot = current.depot
    if not entry.in_depot:
        raise UserError(
            f"{entry.archive} is not in the depot",
            hint=f"`genode depot extract {entry.archive}` makes it",
        )
    version = entry.version if entry.version in entry.in_depot else entry.in_depot[-1]
    there = entry.archive.at(version)
    with current.made(entry.archive) as staged:
        return there, list(differences(depot.place(there), staged.directory))


def statuses(entries: Iterable[Entry], current: CurrentContent) -> Iterator[Status]:
    """Yield the state of each archive."""
    return (status_of(entry, current) for entry in entries)

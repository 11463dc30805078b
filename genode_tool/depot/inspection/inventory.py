"""The list of what recipes describe and a depot has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from genode_tool.depot.archive.name import Archive
from genode_tool.depot.recipes.catalogue import Recipes
from genode_tool.depot.store.depot import Depot


class ArchiveState(Enum):
    """How the depot's versions of an archive relate to the recipe's; the value is the word."""

    CURRENT = "current"
    OUTDATED = "outdated"
    """The depot has other versions than the recipe's only."""
    MISSING = "missing"
    NO_RECIPE = "no recipe"


@dataclass(frozen=True, slots=True)
class Entry:
    """An archive of one user, without version. `version` is the recipe's, "" without recipe."""

    archive: Archive
    version: str
    in_depot: tuple[str, ...]

    @property
    def state(self) -> ArchiveState:
        """The state of the archive."""
        if not self.version:
            return ArchiveState.NO_RECIPE
        if self.version in self.in_depot:
            return ArchiveState.CURRENT
        return ArchiveState.OUTDATED if self.in_depot else ArchiveState.MISSING


def inventory(recipes: Recipes, depot: Depot, user: str) -> list[Entry]:
    """Return an entry for each recipe, as an archive of `user`, and each archive in the depot."""
    found = {family: depot.versions(family) for family in depot.families()}
    for recipe in recipes.all():
        found.setdefault(Archive(user, recipe.type, recipe.name), ())
    entries = [
        Entry(archive, _current(recipes, archive), versions) for archive, versions in found.items()
    ]
    # A directory without any version and without recipe is nothing.
    kept = (one for one in entries if one.in_depot or one.version)
    return sorted(kept, key=lambda one: str(one.archive))


def entry_of(recipes: Recipes, depot: Depot, archive: Archive) -> Entry:
    """Return the entry of one archive."""
    return Entry(archive, _current(recipes, archive), depot.versions(archive))


def _current(recipes: Recipes, archive: Archive) -> str:
    """Return the version that the recipe has; of several recipes, the first counts here."""
    kind, name = archive.recipe
    return next((one.version for one in recipes.candidates(kind, name)), "")


def matching(entries: Iterable[Entry], patterns: Sequence[str]) -> Iterator[Entry]:
    """Yield the entries that match a shell pattern: the path, or its end after a `/`."""
    return (one for one in entries if _matches(str(one.archive), patterns))


def matching_archives(archives: Iterable[Archive], patterns: Sequence[str]) -> Iterator[Archive]:
    """Yield the archives that match a shell pattern, with their versions or without."""
    for archive in archives:
        if _matches(str(archive), patterns) or _matches(archive.family, patterns):
            yield archive


def _matches(path: str, patterns: Sequence[str]) -> bool:
    parts = path.split("/")
    names = ["/".join(parts[start:]) for start in range(len(parts))]
    return not patterns or any(fnmatchcase(name, one) for one in patterns for name in names)


def usual_user(depot: Depot) -> str:
    """Return the user of a call that names none: the depot's only one, or the original's."""
    users = depot.users()
    return users[0] if len(users) == 1 else "genodelabs"

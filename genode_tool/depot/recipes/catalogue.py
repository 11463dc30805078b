"""All recipes of a source tree."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.recipes.recipe import Recipe, read_recipe
from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean

_TYPES = tuple(one for one in ArchiveType if one.has_recipe)


class Recipes:
    """The recipes in `repositories`; each file is read once, when it is first needed."""

    def __init__(self, genode_dir: Path, repositories: Sequence[Path]) -> None:
        self.genode_dir = genode_dir
        self.repositories = tuple(repositories)
        self._places: dict[ArchiveType, dict[str, list[Path]]] = {}
        self._known: dict[tuple[ArchiveType, str], Recipe] = {}

    @classmethod
    def of_tree(cls, genode_dir: Path, repositories: str = "") -> Recipes:
        """Return the recipes of all directories, or links to some, below `repos`.

        Hidden ones do not count: a killed call may have left one there.

        `repositories` are other directories to look in instead, separated by blanks, as the
        variable REPOSITORIES names them.
        """
        if repositories.strip():
            return cls(genode_dir, [Path(one).absolute() for one in repositories.split()])
        top = genode_dir / "repos"
        found = [one for one in top.iterdir() if one.is_dir()] if top.is_dir() else []
        found = [one for one in found if not one.name.startswith(".")]
        return cls(genode_dir, sorted(found))

    def directories(self) -> Iterator[Path]:
        """Yield the directories whose names decide which recipes there are."""
        yield self.genode_dir / "repos"
        for repository in self.repositories:
            yield from (repository / "recipes" / kind for kind in _TYPES)

    def names(self, kind: ArchiveType) -> tuple[str, ...]:
        """Return the names of all recipes of a type, sorted."""
        return tuple(sorted(self._of_type(kind)))

    def all(self) -> Iterator[Recipe]:
        """Yield every recipe; one that several repositories have comes from the first."""
        for kind in _TYPES:
            for name in self.names(kind):
                yield next(self.candidates(kind, name))

    def candidates(self, kind: ArchiveType, name: str) -> Iterator[Recipe]:
        """Yield the recipes of one name, several if it is ambiguous."""
        for repository in self._of_type(kind).get(name, ()):
            yield read_recipe(kind, name, repository)

    def find(self, kind: ArchiveType, name: str) -> Recipe | None:
        """Return a recipe, None if there is none. Raises `UserError` when there are several."""
        places = self._of_type(kind).get(name, ())
        if not places:
            return None
        if len(places) > 1:
            candidates = [str(one / "recipes" / kind / name) for one in places]
            raise UserError(
                f"the recipe {kind}/{name} is ambiguous: {' and '.join(candidates)}",
                hint="rename one, or select repositories with REPOSITORIES=",
            )
        return self._read(kind, name, places[0])

    def get(self, kind: ArchiveType, name: str, needed_by: str = "") -> Recipe:
        """Return a recipe; raises `UserError` that names similar ones when there is none."""
        found = self.find(kind, name)
        if found is None:
            why = f", needed by {needed_by}" if needed_by else ""
            raise UserError(
                f"no recipe for {kind}/{name}{why}",
                hint=did_you_mean(name, self.names(kind))
                or f"wanted a directory recipes/{kind}/{name} in a repository",
            )
        return found

    def of_archive(self, archive: Archive) -> Recipe | None:
        """Return the recipe that an archive comes from, None if there is none."""
        return self.find(*archive.recipe)

    def current_version(self, archive: Archive) -> str:
        """Return the version that the recipe of an archive has now, "" without recipe."""
        found = self.of_archive(archive)
        return found.version if found else ""

    def note_version(self, recipe: Recipe, version: str, digest: str) -> None:
        """Take note that the recipe's file `hash` was rewritten."""
        self._known[recipe.type, recipe.name] = replace(recipe, version=version, hash=digest)

    def _read(self, kind: ArchiveType, name: str, repository: Path) -> Recipe:
        known = self._known.get((kind, name))
        if known is None:
            known = self._known[kind, name] = read_recipe(kind, name, repository)
        return known

    def _of_type(self, kind: ArchiveType) -> dict[str, list[Path]]:
        """Return the repositories that have each recipe of a type."""
        places = self._places.get(kind)
        if places is None:
            places = self._places[kind] = {}
            for repository in self.repositories:
                try:
                    names = os.listdir(repository / "recipes" / kind)  # noqa: PTH208
                except OSError:
                    continue
                for name in names:
                    if (repository / "recipes" / kind / name).is_dir():
                        places.setdefault(name, []).append(repository)
        return places

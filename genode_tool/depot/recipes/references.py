"""What recipes refer to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from genode_tool.depot.archive.closure import interfaces_of, member_of
from genode_tool.depot.archive.content import PACKAGE_LIST
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.recipes.catalogue import Recipes

OWN_USER = "_"
"""Stands in the file `archives` of a recipe for the user who makes the archive."""


@dataclass(frozen=True, slots=True)
class RecipeReferences:
    """The references of archives that are made from the recipes of a tree, without versions.

    An archive of another user, and one in a version, is somebody else's work: it ends there.
    """

    recipes: Recipes

    def members(self, package: Archive) -> Sequence[Archive]:
        """Return what the recipe of a package lists for its own user."""
        if package.version:
            return ()
        recipe = self.recipes.get(*package.recipe)
        found = []
        for word in recipe.words(PACKAGE_LIST):
            entry = member_of(word)
            if entry is not None and entry.user == OWN_USER:
                self.recipes.get(*entry.recipe, f"package {recipe}")
                found.append(replace(entry, user=package.user, version=""))
        return found

    def interfaces(self, source: Archive) -> Sequence[Archive]:
        """Return the interfaces that the recipe of a source archive names."""
        if source.version:
            return ()
        recipe = self.recipes.get(*source.recipe)
        words = (*recipe.words("used_apis"), *recipe.words("api"))
        found = interfaces_of(source.user, words)
        for one in found:
            if not one.version:
                self.recipes.get(*one.recipe, f"source {recipe}")
        return found

    def has_source(self, source: Archive) -> bool:
        """Return whether there is a recipe."""
        return self.recipes.find(ArchiveType.SRC, source.name) is not None

"""The cache of descriptions: each is evaluated when it is needed, and reused by later calls."""

from __future__ import annotations

import os
import re

from genode_tool.building.graph.descriptions import (
    Description,
    evaluate_library,
    evaluate_program,
    find_symbols,
    library_directories,
)
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.errors import Location


class DescriptionCache:
    """The `Descriptions` of stage 1, backed by an `EvaluationCache`.

    `seen` collects the numbers of the observations behind all that was returned.
    """

    def __init__(self, ctx: EvaluationContext) -> None:
        self._ctx = ctx
        self._libraries: dict[str, Description | None] = {}
        self._symbols: dict[str, str] = {}
        self._scope = ctx.new_scope()
        self.seen: set[int] = set()

    def program(self, repository: str, name: str) -> Description:
        """Return the description of a program."""
        key = ("program", repository, name)
        cached = self._ctx.cache.get(key)
        if cached:
            self.seen |= cached[1]
            return Description.from_data(cached[0])
        found, scope = evaluate_program(self._ctx, repository, name)
        self._keep(key, found, scope)
        return found

    def library(self, name: str) -> Description | None:
        """Return the description of a library, or None when there is none."""
        if name in self._libraries:
            return self._libraries[name]
        key = ("library", name)
        cached = self._ctx.cache.get(key)
        found: Description | None
        if cached:
            self.seen |= cached[1]
            found = Description.from_data(cached[0])
        else:
            found, scope = evaluate_library(self._ctx, name)
            self._keep(key, found, scope)
        self._libraries[name] = found
        return found

    def _keep(
        self, key: tuple[str, ...], found: Description | None, scope: EvaluationScope
    ) -> None:
        self.seen |= scope.seen
        if found is not None and found.problem is None:
            self._ctx.cache.put(key, found.to_data(), scope.seen)

    def symbols(self, name: str) -> str:
        """Return the symbol file of a library, or ""."""
        if name not in self._symbols:
            self._symbols[name] = find_symbols(self._ctx, self._scope, name)
            self.seen |= self._scope.seen
        return self._symbols[name]

    def library_names(self) -> frozenset[str]:
        """Return the names of all libraries, for hints."""
        return frozenset(
            name.removesuffix(".mk")
            for directory, _ in library_directories(self._ctx)
            for name in self._scope.listdir(directory) or ()
            if name.endswith(".mk")
        )

    def mention(self, path: str, word: str) -> Location:
        """Return the place of a word in a description, or of the description if it is not there."""
        text = (self._scope.read(path) or b"").decode(errors="replace")
        self.seen |= self._scope.seen
        wanted = re.compile(rf"(?<![\w./-]){re.escape(word)}(?![\w./-])")
        for number, line in enumerate(text.splitlines(), 1):
            found = wanted.search(line.partition("#")[0])
            if found:
                return Location(path, number, found.start() + 1)
        return Location(path)

    def disabled_repository(self, name: str) -> str:
        """Return a repository of the tree that has library `name` but is not enabled, or ""."""
        settings = self._ctx.settings
        top = os.path.normpath(f"{settings.genode_dir}/{self._ctx.layout.repository_dir}")
        for directory in self._scope.listdir(top) or ():
            repository = f"{top}/{directory}"
            if repository in settings.repositories or directory.startswith("base-"):
                continue
            places = [f"{repository}/lib/mk/{name}.mk", f"{repository}/lib/symbols/{name}"]
            for spec in settings.specs:
                places.append(
                    f"{repository}/{self._ctx.layout.lib_spec_dir.format(spec)}/{name}.mk"
                )
            if any(self._scope.stat(place) is not None for place in places):
                self.seen |= self._scope.seen
                return directory
        return ""

    def other_specs(self, name: str) -> tuple[str, ...]:
        """Return the specs, none of those in force, that a library is described for, sorted."""
        pattern = self._ctx.layout.lib_spec_dir
        found = set()
        for repository in self._ctx.settings.repositories:
            for spec in self._scope.listdir(f"{repository}/{pattern.format('')}".rstrip("/")) or ():
                path = f"{repository}/{pattern.format(spec)}/{name}.mk"
                if not spec.endswith(".mk") and self._scope.stat(path) is not None:
                    found.add(spec)
        self.seen |= self._scope.seen
        return tuple(sorted(found))

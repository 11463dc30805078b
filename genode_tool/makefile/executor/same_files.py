"""Files that turn out to be the same because the search path finds one in place of the other.

GNU make manual, "How Directory Searches are Performed". When `x` is missing and the search path
leads to `src/x`, which makefiles mention as well, what they say about both is about one file.
"""

from __future__ import annotations

from genode_tool.errors import Location, UserError
from genode_tool.makefile.executor.output import Output
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.makefile.rules.rule import Recipe, Target

_HINT = "give both rules the same number of colons"


class SameFiles:
    """Puts files of one graph together. Messages go to `output`."""

    def __init__(self, graph: Graph, output: Output) -> None:
        self._graph = graph
        self._output = output
        self._known: dict[str, File] = {}
        self._searching = graph.rules.vpath.given

    def of(self, file: File) -> File:
        """Return the file that stands for `file`: itself, or the one that it turns out to be.

        Raises `UserError` when a rule of the one has two colons, and a rule of the other has one.
        """
        library = file.name.startswith("-l")
        if not (self._searching or library) or file.branch_rule is not None:
            return file
        found = self._known.get(file.name)
        if found is None:
            found = self._known[file.name] = self._look(file)
        return found if found is file else self.of(found)

    def _look(self, file: File) -> File:
        graph, name = self._graph, file.name
        if name in graph.phony or name in graph.assumed:
            return file
        if graph.stat(name) is not None:
            return file
        if name.startswith("-l"):
            library = graph.search_path(name)
            found = library is not None and graph.is_target(library)
            return graph.file(library) if library is not None and found else file
        for candidate in graph.rules.vpath.candidates(name):
            if graph.is_target(candidate):
                return self._merge(file, graph.file(candidate))
            if graph.stat(candidate) is not None:
                mentioned = candidate in graph.files or graph.is_mentioned(candidate)
                return self._merge(file, graph.file(candidate)) if mentioned else file
        return file

    def _merge(self, file: File, to: File) -> File:
        """Make `to` stand for `file` as well."""
        graph = self._graph
        if to is file:
            return file
        graph.settle_explicit(file)
        graph.settle_explicit(to)
        self._compare_recipes(file, to)
        double = [bool(one.target is not None and one.target.double) for one in (file, to)]
        if file.is_target and to.is_target and double[0] != double[1]:
            kinds = ["double-colon" if one else "single-colon" for one in double]
            text = f"can't rename {kinds[0]} '{file.name}' to {kinds[1]} '{to.name}'"
            raise UserError(text, hint=_HINT)
        if to.recipe is None and not to.branches:
            to.recipe, to.location, to.branches = file.recipe, file.location, file.branches
            to.stem, to.static_stem = file.stem, file.static_stem
        last = to
        if to.branches:
            last = to.branches[-1]
            graph.settle_explicit(last)
        last.dependencies = [*last.dependencies, *file.dependencies]
        to.deferred = (*to.deferred, *file.deferred)
        to.is_target = to.is_target or file.is_target
        self._join_variables(file, to)
        graph.files[file.name] = to
        return to

    def _compare_recipes(self, file: File, to: File) -> None:
        mine, other = _recipe(file), _recipe(to)
        if mine is None or other is None or mine is other:
            return
        place = _short(mine.location)
        for text in (
            f"Recipe was specified for file '{file.name}' at {place},",
            f"but '{file.name}' is now considered the same file as '{to.name}'.",
            f"Recipe for '{file.name}' will be ignored in favor of the one for '{to.name}'.",
        ):
            self._output.err(f"{place}: {text}")

    @staticmethod
    def _join_variables(file: File, to: File) -> None:
        own = file.target.variables if file.target is not None else None
        if not own:
            return
        before = to.target
        joined = Target(to.name, list(before.rules) if before is not None else [])
        joined.variables = {**own, **((before.variables if before is not None else None) or {})}
        to.target = joined


def _recipe(file: File) -> Recipe | None:
    return file.branches[0].recipe if file.branches else file.recipe


def _short(place: Location) -> str:
    return f"{place.file}:{place.line}"

"""The plan for goals: the steps that make them, in the order of their dependencies.

Nothing runs here. A recipe is expanded only when it is asked for, so that the side effects of its
functions happen then.
"""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.errors import Location
from genode_tool.makefile import archives
from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.rules.automatic_variables import AutomaticVariables
from genode_tool.makefile.rules.commands import Command, commands
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.makefile.rules.protocols import RuleEvaluator
from genode_tool.makefile.variables.recursion import deep_recursion
from genode_tool.makefile.words import unique
from genode_tool.record import record


@record
class Missing:
    """A prerequisite that does not exist and that no rule makes."""

    file: str
    needed_by: str
    location: Location | None


@record(eq=False)
class Step:
    """One run of a recipe (or, without one, a name for its prerequisites).

    `outputs`, `inputs` and `order_only` are names as the makefile has them, relative ones to the
    directory of the evaluation, prerequisites at the place where the search path found them.
    """

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    order_only: tuple[str, ...]
    phony: bool
    intermediate: bool
    location: Location | None
    has_recipe: bool
    file: File
    graph: Graph

    def recipe(self) -> list[Command]:
        """Expand the recipe; what its functions do to variables or files happens now."""
        with deep_recursion(self.graph.ev):
            return commands(self.graph, self.file, AutomaticVariables(self.file, self.graph.rules))

    def environment(self) -> dict[str, str]:
        """Return the environment that the recipe runs in."""
        ev = self.graph.ev
        with deep_recursion(ev), ev.within(self.graph.scopes(self.file)):
            return ev.exported_environment()

    def expand(self, text: str) -> str:
        """Expand any text with the variables that hold for this step."""
        ev = self.graph.ev
        automatic = AutomaticVariables(self.file, self.graph.rules)
        with deep_recursion(ev), ev.within([*self.graph.scopes(self.file), automatic]):
            return ev.expand(text)


@record
class Plan:
    """The steps for some goals, prerequisites before their targets.

    `circular` lists dropped dependencies (file, prerequisite). `sources` are the files that are
    taken as they are.
    """

    goals: tuple[str, ...]
    steps: tuple[Step, ...]
    missing: tuple[Missing, ...]
    circular: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]


def resolve(ev: RuleEvaluator, goals: Sequence[str] = ()) -> Plan:
    """Return the plan for `goals` (without any: the default goal).

    Raises `MakefileError` when there is no goal, when a second expansion fails, or for members of
    archives; files that nothing makes are listed in `missing` instead.
    """
    wanted = tuple(goals) or tuple(ev.value(".DEFAULT_GOAL").split())
    if not wanted:
        ev.line = 0
        ev.fail("No targets")
    with deep_recursion(ev):
        work = _Resolution(Graph(ev))
        for goal in wanted:
            work.visit(work.graph.file(goal), None)
    return Plan(
        wanted, tuple(work.steps), tuple(work.missing), tuple(work.circular), tuple(work.sources)
    )


class _Resolution:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps: list[Step] = []
        self.missing: list[Missing] = []
        self.circular: list[tuple[str, str]] = []
        self.sources: list[str] = []
        self._done: set[str] = set()
        self._active: set[str] = set()

    def visit(self, file: File, parent: File | None) -> None:
        if file.name in self._done:
            return
        graph = self.graph
        file.parent = parent
        self._active.add(file.name)
        graph.settle(file)
        if file.branches:
            for branch in file.branches:
                graph.settle(branch)
                self._visit_all(branch)
                self._step(branch)
        else:
            self._visit_all(file)
            if file.recipe is not None or file.phony or file.dependencies:
                self._step(file)
            elif graph.stat(file.found) is not None:
                self.sources.append(file.found)
            elif not file.is_target and not file.group:
                self._miss(file, parent)
            else:
                self._step(file)
        self._active.discard(file.name)
        self._done.add(file.name)
        for other in file.group:
            self._done.add(other.name)

    def _visit_all(self, file: File) -> None:
        kept = []
        for dependency in file.dependencies:
            if dependency.file.name in self._active:
                self.circular.append((file.name, dependency.file.name))
                continue
            kept.append(dependency)
            self.visit(dependency.file, file)
        file.dependencies = kept

    def _miss(self, file: File, parent: File | None) -> None:
        location = parent.location if parent else None
        self.missing.append(Missing(file.name, parent.name if parent else "", location))

    def _step(self, file: File) -> None:
        if archives.divide(file.name) is not None:
            # Members have no files, which a plan is made of.
            ev = self.graph.ev
            place = file.location
            raise MakefileError(
                f"no plan for members of archives: {file.name}",
                location=place,
                trail=ev.trail,
                hint="make the archive as a whole: `lib.a: x.o; $(AR) -rc $@ $^`",
            )
        normal = unique(one.file.found for one in file.dependencies if not one.order_only)
        known = set(normal)
        order = unique(one.file.found for one in file.dependencies if one.order_only)
        group = [other for other in file.group if other.name != file.name]
        for other in group:
            # Its own prerequisites count for the one recipe as well.
            self.graph.settle(other)
        self.steps.append(
            Step(
                (file.name, *(other.name for other in group)),
                tuple(normal),
                tuple(name for name in order if name not in known),
                file.phony,
                file.intermediate,
                file.location,
                file.recipe is not None,
                file,
                self.graph,
            )
        )

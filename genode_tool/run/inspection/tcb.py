"""The trusted computing base of a component: what it depends on, and the code in there.

Routes say which components, the library graph says which libraries, the compile commands which
lines. A line that went into several of them counts once in the total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from genode_tool.building.ask.dependencies import Dependencies, dependencies_of
from genode_tool.building.ask.goal_graph import goal_graph
from genode_tool.building.ask.line_count import Lines, count_lines, read_commands
from genode_tool.building.graph.model import BuildGraph, Leaf, LeafId, LeafKind
from genode_tool.config.routing.trust import Trusted, trusted_by
from genode_tool.config.system.model import System
from genode_tool.run.configuration.examination import generic_name
from genode_tool.tree import BuildDirectory


@dataclass(frozen=True, slots=True)
class CodePart:
    """A program or library with its lines of code; None when it is not built here."""

    name: str
    lines: int | None
    users: tuple[str, ...] = ()
    directory: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """The trusted computing base of `component`.

    `components` are those to trust, each with its program; `libraries` what the programs
    consist of besides; `total` counts each line once.
    """

    component: tuple[str, ...]
    components: tuple[tuple[Trusted, CodePart], ...]
    libraries: tuple[CodePart, ...]
    total: int
    kernel: str

    @property
    def uncounted(self) -> tuple[str, ...]:
        """The programs that are not built from the goals of the scenario."""
        return tuple(part.name for _, part in self.components if part.lines is None)


def trusted_base(
    build_dir: BuildDirectory,
    goals: Iterable[str],
    system: System,
    path: tuple[str, ...],
    *,
    jobs: int = 0,
    done: Callable[[str], None] | None = None,
) -> Base:
    """Return the trusted computing base of the component at `path`.

    `goals` are what the scenario builds; they have to be built. Raises `GenodeError`.
    """
    trusted = trusted_by(system, path)
    graph = goal_graph(build_dir, tuple(goals)).graph
    needs = dependencies_of(graph)
    programs = {generic_name(name): leaf for leaf in _programs(graph) for name in leaf.artifacts}
    libraries: dict[LeafId, list[str]] = {}
    for one in trusted:
        leaf = programs.get(one.binary)
        for library in _libraries(needs, leaf.id) if leaf else ():
            users = libraries.setdefault(library, [])
            if one.binary not in users:
                users.append(one.binary)
    leaves = {leaf.directory: leaf for leaf in graph.leaves.values()}
    wanted = {programs[one.binary].directory for one in trusted if one.binary in programs}
    wanted |= {graph.leaves[one].directory for one in libraries}
    commands = [
        one
        for one in read_commands(build_dir.path)
        if one.directory in wanted and one.directory in leaves
    ]
    counted = count_lines(commands, jobs, done)
    return Base(
        path,
        tuple((one, _program(one, programs, counted)) for one in trusted),
        tuple(
            CodePart(graph.leaves[one].label, len(lines), tuple(users), graph.leaves[one].directory)
            for one, users in libraries.items()
            if (lines := counted.get(graph.leaves[one].directory))
        ),
        len(frozenset().union(*counted.values())),
        build_dir.kernel,
    )


def _programs(graph: BuildGraph) -> list[Leaf]:
    return [leaf for leaf in graph.leaves.values() if leaf.id.kind is LeafKind.PROGRAM]


def _program(one: Trusted, programs: dict[str, Leaf], counted: Mapping[str, Lines]) -> CodePart:
    leaf = programs.get(one.binary)
    if leaf is None:
        return CodePart(one.binary, None)
    lines = counted.get(leaf.directory, frozenset())
    return CodePart(leaf.label, len(lines), directory=leaf.directory)


def _libraries(needs: Dependencies, program: LeafId) -> list[LeafId]:
    """Return the libraries that a program consists of, those behind ABIs as well."""
    found: list[LeafId] = []
    queue = [program]
    while queue:
        here = queue.pop(0)
        for one in (*needs.needs.get(here, ()), *needs.at_run_time.get(here, ())):
            if one not in found and one.kind is not LeafKind.PROGRAM:
                found.append(one)
                queue.append(one)
    return found

"""Stage 1: the walk from goals to the graph of programs, libraries and ABIs.

A walk from the goals along LIBS; only descriptions that are reached are evaluated. A library
with a symbol file is an ABI to its users: they link a stub and do not wait for the library,
unless one leaf makefile makes both (see `LeafStyle`).
A target that needs something broken is left out; problems are collected and reported together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from genode_tool.building.graph.descriptions import Description
from genode_tool.building.graph.goals import ResolvedGoals
from genode_tool.building.graph.leaves import LeafMaker
from genode_tool.building.graph.model import BuildGraph, Leaf, LeafId, LeafKind, needed, ordered
from genode_tool.building.memory.context import EvaluationContext
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import Location
from genode_tool.nearest import did_you_mean
from genode_tool.record import field, record, replace
from genode_tool.tree import LeafStyle

_PREPARE = "genode prepare"
"""The command that prepares the ports named after it."""

_Visit = Iterator["_Visit"]
"""A visit to a description: yields the visits that have to end before it goes on."""


class Descriptions(Protocol):
    """The source of descriptions for stage 1: evaluated now, or cached by an earlier call."""

    def program(self, repository: str, name: str) -> Description:
        """Return the description of a program."""

    def library(self, name: str) -> Description | None:
        """Return the description of a library, or None when there is none."""

    def symbols(self, name: str) -> str:
        """Return the symbol file of a library, or ""."""

    def library_names(self) -> frozenset[str]:
        """Return the names of all libraries, for hints."""

    def mention(self, path: str, word: str) -> Location:
        """Return the place of a word in a description, or of the description if it is not there."""

    def disabled_repository(self, name: str) -> str:
        """Return a repository of the tree that has a library but is not enabled, or ""."""

    def other_specs(self, name: str) -> tuple[str, ...]:
        """Return the specs, none of those in force, that a library is described for, sorted."""


@record(frozen=False)
class _Walk:
    """The state of the walk. `invalid` names libraries that cannot be built, and why.

    `ports` are the unprepared ports that each library needs, also through others;
    `port_users` the targets that cannot be built for want of each of these ports.
    `open` are the libraries that are being visited, from the one that `root` names downwards,
    each with its name in chains of dependants.
    """

    leaves: dict[LeafId, Leaf] = field(default_factory=dict)
    problems: dict[tuple[Trouble, str], Problem] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    invalid: dict[str, Trouble] = field(default_factory=dict)
    root: tuple[str, ...] = ()
    open: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, Description] = field(default_factory=dict)
    abis: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    ports: dict[str, frozenset[str]] = field(default_factory=dict)
    port_users: dict[str, set[str]] = field(default_factory=dict)

    def chain(self, *names: str) -> tuple[str, ...]:
        """Return some names and what led to them, the goal last."""
        return (*names, *reversed(self.open.values()), *self.root)

    def report(self, problem: Problem) -> None:
        self.problems.setdefault((problem.trouble, problem.subject), problem)


class Stage1:
    """One walk."""

    def __init__(self, ctx: EvaluationContext, descriptions: Descriptions) -> None:
        self._ctx = ctx
        self._descriptions = descriptions
        self._walk = _Walk()
        self._stubs = ctx.layout.style is LeafStyle.SPLIT
        linked = ctx.settings.kernel and ctx.layout.abis
        self._kernel_linker = f"ld-{ctx.settings.kernel}" if linked else ""

    def run(self, found: ResolvedGoals) -> BuildGraph:
        """Return the graph of what the goals reach."""
        walk = self._walk
        roots: list[LeafId] = []
        programs: list[Description] = []
        forced: list[Description] = []
        named: dict[str, list[Description]] = {}
        for name in found.libraries:
            self._visit_goal(name, f"lib/{name}")
            self._note_ports(f"lib/{name}", walk.ports.get(name, frozenset()))
            # `ld` alone is a stub to its users; a system boots with the kernel's variant of it.
            if name == "ld" and self._kernel_linker:
                self._visit_goal(self._kernel_linker, self._kernel_linker, ("lib/ld",))
        for repository, name in found.programs:
            description = self._descriptions.program(repository, name)
            if description.target and not description.unmet:
                named.setdefault(description.target, []).append(description)
            if self._usable_program(description):
                programs.append(description)
            if description.force_libs and not (description.problem or description.unmet):
                forced.append(description)
        ambiguous = self._ambiguous(named)
        programs = [one for one in programs if one.name not in ambiguous]
        maker = LeafMaker(self._ctx, walk.libraries, walk.abis, walk.order)
        for name in walk.abis:
            leaf = maker.abi(name)
            walk.leaves[leaf.id] = leaf
        for name, description in walk.libraries.items():
            if name not in walk.invalid:
                leaf = maker.library(description)
                walk.leaves[leaf.id] = leaf
        for description in programs:
            leaf = maker.program(description)
            walk.leaves[leaf.id] = leaf
            roots.append(leaf.id)
        roots += self._library_roots(found.libraries)
        for description in forced:
            roots += self._library_roots(description.libs)
        return BuildGraph(
            needed(ordered(walk.leaves), roots),
            tuple(dict.fromkeys(roots)),
            tuple(map(self._with_users, walk.problems.values())),
            tuple(walk.skipped),
            frozenset(walk.abis).union(
                name for name, one in walk.libraries.items() if one.symbols and not self._stubs
            ),
        )

    def _ambiguous(self, named: dict[str, list[Description]]) -> set[str]:
        """Report programs that share the name of their TARGET; return which they are.

        `bin/` has room for one of them.
        """
        found: set[str] = set()
        for target, programs in named.items():
            if len(programs) == 1:
                continue
            found.update(one.name for one in programs)
            self._walk.report(
                Problem.of(
                    Trouble.AMBIGUOUS,
                    target,
                    f"`{target}` is the TARGET of {' and '.join(one.path for one in programs)}",
                    hint="give one of them another TARGET, or name only one of them as a goal",
                )
            )
        return found

    def _library_roots(self, names: tuple[str, ...]) -> list[LeafId]:
        """Return the leaves of libraries that were asked for by name."""
        wanted = [*names]
        if "ld" in wanted and self._kernel_linker:
            wanted.append(self._kernel_linker)
        return [
            leaf for leaf in self._walk.leaves if leaf.name in wanted and leaf.kind.value != "prg"
        ]

    def _usable_program(self, description: Description) -> bool:
        walk = self._walk
        name = description.name
        walk.root = (name,)
        if description.problem:
            walk.report(description.problem)
            self._exhaust(self._dependencies(description))
            return False
        if description.unmet:
            self._skip(name, f"requires {', '.join(description.unmet)}")
            return False
        self._exhaust(self._dependencies(description))
        bad = self._bad(description)
        self._note_ports(name, self._ports_of(description, bad))
        if self._ports_missing(description):
            return False
        if bad:
            if not description.force_libs and all(
                walk.invalid[lib] is Trouble.REQUIREMENT for lib in bad
            ):
                self._skip(name, f"needs {', '.join(bad)}")
            return False
        return True

    def _visit_goal(self, name: str, label: str, root: tuple[str, ...] = ()) -> None:
        """Visit library `name` itself, also when it has a symbol file, and all that it needs."""
        self._walk.root = root
        self._exhaust(self._visit(name, label))

    @staticmethod
    def _exhaust(visit: _Visit) -> None:
        """Run a visit and those that it asks for; no recursion, so chains may be of any length."""
        pending = [visit]
        while pending:
            below = next(pending[-1], None)
            if below is None:
                pending.pop()
            else:
                pending.append(below)

    def _dependencies(self, description: Description) -> _Visit:
        """Visit the libraries of a description."""
        for lib in description.libs:
            symbols = self._descriptions.symbols(lib) if self._stubs else ""
            if symbols:
                self._walk.abis.setdefault(lib, symbols)
            else:
                yield self._visit(lib, lib, description.path)

    def _bad(self, description: Description) -> list[str]:
        """Return the visited libraries of a description that cannot be built."""
        walk = self._walk
        libs = dict.fromkeys(description.libs)
        return [lib for lib in libs if lib in walk.invalid and lib not in walk.abis]

    def _visit(self, name: str, label: str, wanted_by: str = "") -> _Visit:
        """Visit library `name`, which chains of dependants call `label`.

        `wanted_by` is the path of the description that names it.
        """
        walk = self._walk
        if name in walk.open:
            names = list(walk.open)
            cycle = (*names[names.index(name) :], name)
            walk.report(
                Problem.of(
                    Trouble.CYCLE,
                    name,
                    f"library `{name}` depends on itself: {' -> '.join(cycle)}",
                    Location(walk.libraries[name].path) if name in walk.libraries else None,
                    walk.chain(label),
                )
            )
            walk.invalid[name] = Trouble.CYCLE
            return
        if name in walk.libraries or name in walk.invalid:
            return
        description = self._descriptions.library(name)
        if description is None:
            self._missing(name, label, wanted_by)
            return
        walk.libraries[name] = description
        if description.problem:
            walk.report(replace(description.problem, chain=walk.chain(label)))
            walk.invalid[name] = description.problem.trouble
            return
        if description.unmet:
            walk.invalid[name] = Trouble.REQUIREMENT
            self._skip(f"lib/{name}", f"requires {', '.join(description.unmet)}", label)
            return
        if description.symbols and self._stubs:
            walk.abis.setdefault(name, description.symbols)
        walk.open[name] = label
        yield from self._dependencies(description)
        bad = self._bad(description)
        walk.order.append(name)
        walk.ports[name] = self._ports_of(description, bad)
        if self._ports_missing(description):
            walk.invalid[name] = Trouble.PORT
        elif bad:
            walk.invalid.setdefault(name, walk.invalid[bad[0]])
        del walk.open[name]

    def _missing(self, name: str, label: str, wanted_by: str) -> None:
        repository = self._descriptions.disabled_repository(name)
        if repository:
            self._walk.invalid[name] = Trouble.REQUIREMENT
            why = f"is in the repository {repository}, which etc/build.conf does not enable"
            self._skip(f"lib/{name}", why, label)
            return
        settings = self._ctx.settings
        of_board = settings.unfit_board is not None and name.endswith(f"-{settings.board}")
        specs = () if of_board else self._descriptions.other_specs(name)
        if specs:
            self._walk.invalid[name] = Trouble.REQUIREMENT
            self._skip(f"lib/{name}", f"is described for {' and '.join(specs)} only", label)
            return
        self._walk.invalid[name] = Trouble.MISSING_LIBRARY
        location = self._descriptions.mention(wanted_by, name) if wanted_by else None
        message = f"no such library: `{name}`"
        hint = did_you_mean(name, self._descriptions.library_names())
        if settings.unfit_board and of_board:
            message += f": {settings.unfit_board.message}"
            hint = settings.unfit_board.hint
        chain = self._walk.chain(label)
        self._walk.report(
            Problem.of(Trouble.MISSING_LIBRARY, name, message, location, chain, hint=hint)
        )

    def _ports_missing(self, description: Description) -> bool:
        for port in description.missing_ports:
            self._walk.report(
                Problem.of(
                    Trouble.PORT,
                    port,
                    f"port `{port}` is not prepared or outdated",
                    Location(description.path),
                    self._walk.chain(port),
                    hint=f"{_PREPARE} {port}",
                    remedy=_PREPARE,
                )
            )
        return bool(description.missing_ports)

    def _ports_of(self, description: Description, bad: list[str]) -> frozenset[str]:
        """Return the unprepared ports that a description needs, itself and through `bad`."""
        below = (self._walk.ports.get(lib, frozenset()) for lib in bad)
        return frozenset(description.missing_ports).union(*below)

    def _note_ports(self, target: str, ports: frozenset[str]) -> None:
        for port in ports:
            self._walk.port_users.setdefault(port, set()).add(target)

    def _with_users(self, problem: Problem) -> Problem:
        """Return a problem with the number of targets that have it besides the named one."""
        if problem.trouble is not Trouble.PORT:
            return problem
        users = self._walk.port_users.get(problem.subject, set()) - {problem.chain[-1]}
        return replace(problem, others=len(users))

    def _skip(self, name: str, why: str, *label: str) -> None:
        chain = self._walk.chain(*label)
        self._walk.skipped.append(name)
        self._walk.report(
            Problem.of(Trouble.REQUIREMENT, name, f"{name} is skipped: it {why}", None, chain)
        )


__all__ = ["BuildGraph", "Descriptions", "LeafKind", "Stage1"]

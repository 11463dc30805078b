"""The result of stage 1: the graph of leaves (programs, libraries, ABIs)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from genode_tool.building.problems import Problem
from genode_tool.record import field, record


class LeafKind(Enum):
    """The kinds of leaves, by what a leaf makefile makes."""

    PROGRAM = "prg"
    ARCHIVE = "a"
    SHARED = "so"
    ABI = "abi"
    LIBRARY = "lib"
    """Any library of a tree that has one leaf makefile for all kinds."""


@record
class LeafId:
    """Kind and name; the name of a program is its directory below `src`."""

    kind: LeafKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}"

    @property
    def group(self) -> str:
        """The name that everything this leaf makes goes by in the ninja file."""
        return f"@{self.kind.value}/{self.name}"

    @classmethod
    def of_group(cls, name: str) -> LeafId:
        """Return the leaf whose `group` is `name`."""
        kind, _, rest = name.removeprefix("@").partition("/")
        return cls(LeafKind(kind), rest)


@record
class Leaf:
    """One call of a leaf makefile.

    `label` is what users see (`init`, `cxx.lib.a`); `directory` the absolute working directory;
    `makefile` the leaf makefile; `variables` what is set on its command line. `waits_for` are
    the leaves that the original would have finished before. `artifacts` are its names
    in `progress.log`.
    """

    id: LeafId
    label: str
    description: str
    repository: str
    directory: str
    makefile: str
    variables: tuple[tuple[str, str], ...]
    libs: tuple[str, ...]
    waits_for: tuple[LeafId, ...]
    artifacts: tuple[str, ...]
    shared_libs: tuple[str, ...] = ()
    shared: bool = False


@record
class BuildGraph:
    """Everything that the goals reach, dependencies first.

    `roots` are what the goals name. `skipped` are the labels of targets left out for unmet
    requirements. `abis` are the names of libraries with a symbol file.
    """

    leaves: Mapping[LeafId, Leaf]
    roots: tuple[LeafId, ...]
    problems: tuple[Problem, ...]
    skipped: tuple[str, ...]
    abis: frozenset[str]
    _closures: dict[LeafId, int] = field(default_factory=dict, repr=False)

    def closure(self, leaf: LeafId) -> frozenset[LeafId]:
        """Return all leaves that `leaf` waits for, directly or not."""
        if not self._closures:
            self._find_closures()
        rest = self._closures[leaf]
        names = list(self._closures)
        found = []
        while rest:
            lowest = rest & -rest
            found.append(names[lowest.bit_length() - 1])
            rest ^= lowest
        return frozenset(found)

    def _find_closures(self) -> None:
        """Keep each closure as a number with one bit for each leaf.

        Sets of names would take gigabytes for a chain of some thousand libraries.
        """
        bits = {leaf: 1 << number for number, leaf in enumerate(self.leaves)}
        for name, leaf in self.leaves.items():  # dependencies first
            closure = 0
            for other in leaf.waits_for:
                if other in bits:
                    closure |= bits[other] | self._closures[other]
            self._closures[name] = closure

    def count(self, *kinds: LeafKind) -> int:
        """Return how many leaves of some kinds there are."""
        return sum(1 for leaf in self.leaves if leaf.kind in kinds)


def ordered(leaves: Mapping[LeafId, Leaf]) -> dict[LeafId, Leaf]:
    """Return the leaves, each after those it waits for."""
    done: dict[LeafId, Leaf] = {}
    pending: list[LeafId] = []
    for start in leaves:
        pending.append(start)
        while pending:
            leaf = pending[-1]
            if leaf in done:
                pending.pop()
                continue
            first = [one for one in leaves[leaf].waits_for if one in leaves and one not in done]
            if first:
                pending += first
            else:
                done[leaf] = leaves[leaf]
                pending.pop()
    return done


def needed(leaves: Mapping[LeafId, Leaf], roots: Iterable[LeafId]) -> dict[LeafId, Leaf]:
    """Return the leaves, dependencies first, that `roots` are or wait for.

    Others are only needed by targets that cannot be built.
    """
    wanted = set(roots)
    for name in reversed(list(leaves)):
        if name in wanted:
            wanted.update(leaves[name].waits_for)
    return {name: leaf for name, leaf in leaves.items() if name in wanted}

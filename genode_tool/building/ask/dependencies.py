"""The dependencies of programs and libraries as nodes and edges, and chains through them.

A program that links a library with a symbol file needs its ABI only, not the library itself;
the library is loaded when the program runs. The two kinds of dependency are kept apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import pairwise

from genode_tool.building.ask.goal_graph import GoalGraph, goal_graph
from genode_tool.building.graph.model import BuildGraph, Leaf, LeafId, LeafKind
from genode_tool.errors import UserError
from genode_tool.nearest import did_you_mean
from genode_tool.record import record
from genode_tool.tree import BuildDirectory


@record
class DependencyNode:
    """A program, library or ABI; `goal` is the name that `genode make` has for it."""

    id: LeafId
    goal: str
    kind: LeafKind
    repository: str
    description: str

    @property
    def name(self) -> str:
        """The name that users see: the goal, marked when it is only an ABI."""
        return f"{self.goal} (ABI)" if self.kind is LeafKind.ABI else self.goal


@record
class Dependencies:
    """The nodes, dependencies first, with what each needs to be built.

    `at_run_time` maps an ABI to the libraries that implement it.
    """

    nodes: Mapping[LeafId, DependencyNode]
    needs: Mapping[LeafId, tuple[LeafId, ...]]
    at_run_time: Mapping[LeafId, tuple[LeafId, ...]]
    roots: tuple[LeafId, ...]

    def users(self) -> dict[LeafId, tuple[LeafId, ...]]:
        """Return the reverse of `needs`."""
        found: dict[LeafId, list[LeafId]] = {one: [] for one in self.nodes}
        for user, needed in self.needs.items():
            for one in needed:
                found[one].append(user)
        return {one: tuple(users) for one, users in found.items()}

    def named(self, name: str) -> tuple[LeafId, ...]:
        """Return the nodes that a goal means: programs, or a library and its ABI.

        Raises `UserError` with the nearest names when there is none.
        """
        goal = name.strip("/")
        found = tuple(one for one, node in self.nodes.items() if node.goal == goal)
        if not found:
            below = f"{goal}/"
            found = tuple(one for one, node in self.nodes.items() if node.goal.startswith(below))
        if not found:
            goals = {node.goal for node in self.nodes.values()}
            raise UserError(
                f"`{name}` is not in the graph",
                hint=did_you_mean(name, goals) or "`genode graph` shows the graph",
            )
        return found


def dependencies_of(graph: BuildGraph) -> Dependencies:
    """Return the graph of stage 1 as nodes and edges."""
    nodes = {leaf.id: _node(leaf) for leaf in graph.leaves.values()}
    needs = {
        leaf.id: tuple(one for one in leaf.waits_for if one in nodes and one != leaf.id)
        for leaf in graph.leaves.values()
    }
    behind = {
        one: tuple(
            other
            for other in nodes
            if other.kind in (LeafKind.SHARED, LeafKind.LIBRARY, LeafKind.ARCHIVE)
            and other.name == one.name
        )
        for one in nodes
        if one.kind is LeafKind.ABI
    }
    return Dependencies(nodes, needs, behind, tuple(one for one in graph.roots if one in nodes))


def _node(leaf: Leaf) -> DependencyNode:
    goal = leaf.id.name if leaf.id.kind is LeafKind.PROGRAM else f"lib/{leaf.id.name}"
    return DependencyNode(leaf.id, goal, leaf.id.kind, leaf.repository, leaf.description)


@record
class Chain:
    """A chain of dependencies; after positions in `run_time`, it leads from an ABI to a library."""

    nodes: tuple[DependencyNode, ...]
    run_time: frozenset[int]


def shortest_chains(needs: Dependencies, start: str, end: str) -> tuple[Chain, ...]:
    """Return all shortest chains from `start` to `end`; none when it is not needed.

    Chains of build dependencies are preferred to those that exist only at run time.
    """
    starts, ends = needs.named(start), set(needs.named(end))
    for with_run_time in (False, True):
        found = [chain for one in starts for chain in _shortest(needs, one, ends, with_run_time)]
        if found:
            least = min(len(chain.nodes) for chain in found)
            return tuple(chain for chain in found if len(chain.nodes) == least)
    return ()


def _shortest(needs: Dependencies, start: LeafId, ends: set[LeafId], run_time: bool) -> list[Chain]:
    distance = {start: 0}
    before: dict[LeafId, list[LeafId]] = {start: []}
    queue = deque([start])
    reached: list[LeafId] = []
    while queue:
        one = queue.popleft()
        if reached and distance[one] >= distance[reached[0]]:
            break
        following = needs.needs[one] + (needs.at_run_time.get(one, ()) if run_time else ())
        for other in dict.fromkeys(following):
            if other not in distance:
                distance[other] = distance[one] + 1
                before[other] = []
                queue.append(other)
                if other in ends:
                    reached.append(other)
            if distance[other] == distance[one] + 1:
                before[other].append(one)
    chains = []
    for end in reached:
        for path in _paths(before, end, start):
            nodes = tuple(needs.nodes[one] for one in path)
            left = frozenset(
                index
                for index, (one, other) in enumerate(pairwise(path))
                if other not in needs.needs[one]
            )
            chains.append(Chain(nodes, left))
    return chains


_MOST_CHAINS = 1000


def _paths(
    before: Mapping[LeafId, list[LeafId]], end: LeafId, start: LeafId
) -> list[tuple[LeafId, ...]]:
    """Return the paths from `start` to `end`, at most a thousand."""
    partial: list[tuple[LeafId, ...]] = [(end,)]
    while partial and partial[0][0] != start:
        partial = [(one, *path) for path in partial for one in before[path[0]]][:_MOST_CHAINS]
    return partial


def dependency_graph(
    build_dir: BuildDirectory, goals: tuple[str, ...]
) -> tuple[GoalGraph, Dependencies]:
    """Return the graph of `goals`. Raises `GenodeError` as `goal_graph` does."""
    query = goal_graph(build_dir, goals)
    return query, dependencies_of(query.graph)


def dependency_chains(build_dir: BuildDirectory, start: str, end: str) -> tuple[Chain, ...]:
    """Return all shortest chains by which goal `start` needs goal `end`.

    Libraries behind ABIs are searched only when no chain of build dependencies leads there. Raises
    `UserError` for an unknown goal.
    """
    query, needs = dependency_graph(build_dir, (start,))
    if any(node.goal == end.strip("/") for node in needs.nodes.values()):
        chains = shortest_chains(needs, start, end)
        if chains:
            return chains
    goals = {start, end}
    while True:
        query, needs = dependency_graph(build_dir, tuple(sorted(goals)))
        behind = {f"lib/{name}" for name in query.graph.abis if _described(query, name)}
        if behind <= goals:
            return shortest_chains(needs, start, end)
        goals |= behind


def _described(query: GoalGraph, name: str) -> bool:
    """Return whether an enabled repository has library `name` itself, not only its symbols."""
    from genode_tool.building.graph.descriptions import evaluate_library

    found, _ = evaluate_library(query.ctx, name)
    return found is not None and bool(found.path)

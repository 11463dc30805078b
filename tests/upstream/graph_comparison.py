"""Two first stages compared: the graph of the original's library file, and ours.

What differs on purpose, or cannot be compared, is in the docstring of `test_graph`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from genode_tool.building.graph.model import Leaf
from tests.upstream.configurations import Era
from tests.upstream.libdeps import Stage1Graph, read_libdeps
from tests.upstream.original import Call, Original
from tests.upstream.ours import canonical, first_stage

Key = tuple[str, str]

_UNORDERED = frozenset(("ARCHIVES", "DEPS", "SHARED_LIBS"))


@dataclass(frozen=True, slots=True)
class GraphComparison:
    """The leaves and edges that both first stages have, and what differs, a line each."""

    leaves: int
    edges: int
    figure: str
    differences: tuple[str, ...]


def compare_graphs(original: Original) -> GraphComparison:
    """Return how our first stage differs from the original's, for a call without goals."""
    configuration = original.configuration
    stage1 = original.stage1()
    reference = read_libdeps(stage1.libdeps, stage1.output)
    calls = {(call.kind, call.name): call for call in original.calls()[0]}
    ours = first_stage(original)
    graph = canonical(ours)
    leaves = {
        key: leaf
        for leaf in ours.graph.leaves.values()
        if (key := (leaf.id.kind.value, leaf.id.name)) in graph.nodes
    }

    known = _without_counterpart(reference, calls.keys())
    only_ours = set(leaves) - set(calls) - known
    only_theirs = set(calls) - set(leaves) - {("prg", name) for name in graph.invalid}
    only_theirs &= _reached(reference, {key for key in calls if key not in known})
    if graph.missing_ports and not configuration.ports:
        only_theirs = set()
    wrong = [f"only ours: {kind}:{name}" for kind, name in sorted(only_ours)]
    wrong += [f"only the original's: {kind}:{name}" for kind, name in sorted(only_theirs)]

    edges = 0
    both = set(calls) & set(leaves)
    for key in sorted(both):
        edges += len(reference.nodes[key].libs)
        wrong += _node_differences(original.era, reference, graph, key)
        left = _values(calls[key], str(original.build_dir), reference)
        right = _values(_call(leaves[key]), str(ours.build_dir), reference)
        wrong += [
            f"{key}: {name} {left.get(name)} / {right.get(name)}"
            for name in sorted(left.keys() | right.keys())
            if left.get(name) != right.get(name)
        ]
    wrong += _skip_differences(reference, graph)
    if not reference.missing_ports <= graph.missing_ports:
        wrong.append(f"ports: {reference.missing_ports - graph.missing_ports}")
    if configuration.ports and graph.missing_ports:
        wrong.append(f"ports: {graph.missing_ports}")

    kinds = Counter(kind for kind, _ in both)
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    figure = (
        f"{counted} and {edges} edges of {len(calls)} leaves compared,"
        f" {len(reference.skipped_programs)}+{len(reference.skipped_libraries)} skips,"
        f" {len(reference.missing_libraries)} missing libraries,"
        f" {len(reference.missing_ports)} ports;"
        f" {len((known & set(leaves)) - set(calls))} ours alone by design; {len(wrong)} differ"
    )
    return GraphComparison(len(both), edges, figure, tuple(wrong))


def _without_counterpart(reference: Stage1Graph, built: object) -> set[Key]:
    """Return the programs that only we keep: of shared names, and of visits that ended early."""
    shared = {("prg", name) for names in reference.same_target.values() for name in names}
    return shared | {("prg", name) for name in reference.unfinished}


def _reached(reference: Stage1Graph, start: set[Key]) -> set[Key]:
    """Return the programs in `start`, and the libraries that something in `start` leads to."""
    by_name: dict[str, list[Key]] = {}
    for key in reference.nodes:
        if key[0] != "prg":
            by_name.setdefault(key[1], []).append(key)
    found = {key for key in start if key[0] == "prg"}
    pending = [key for key in reference.nodes if key in found]
    while pending:
        for lib in reference.nodes[pending.pop()].libs:
            fresh = [key for key in by_name.get(lib, ()) if key not in found]
            found.update(fresh)
            pending += fresh
    return found


def _node_differences(era: Era, reference: Stage1Graph, graph: Stage1Graph, key: Key) -> list[str]:
    found = []
    theirs, ours = reference.nodes[key], graph.nodes[key]
    if set(theirs.libs) != set(ours.libs):
        found.append(f"{key}: edges {sorted(set(theirs.libs) ^ set(ours.libs))}")
    if theirs.source != ours.source:
        found.append(f"{key}: source {theirs.source} / {ours.source}")
    # Before, the leaf makefiles wrote their artifacts to the log themselves.
    if era.logs_artifacts and sorted(theirs.artifacts) != sorted(ours.artifacts):
        found.append(f"{key}: artifacts {theirs.artifacts} / {ours.artifacts}")
    return found


def _call(leaf: Leaf) -> Call:
    """Return our leaf as the call that the original would make of it."""
    return Call(leaf.directory, leaf.makefile, dict(leaf.variables))


def _values(call: Call, build_dir: str, reference: Stage1Graph) -> dict[str, str]:
    """Return what a call says, with the build directory as `@`; lists of libraries are sets.

    Of all shared libraries, which older trees hand to each library, those in DEPS count.
    """
    directory = call.directory.replace(build_dir, "@")
    if not directory.startswith("@"):
        directory = f"@/{directory}"
    found = {"(makefile)": call.makefile, "(directory)": directory}
    deps = set(call.variables.get("DEPS", "").replace(".lib", "").split())
    deps -= reference.unfinished_libraries
    for name, value in call.variables.items():
        words = value.replace(build_dir, "@").split()
        if name == "SHARED_LIBS" and "DEPS" in call.variables:
            words = [word for word in words if word in deps]
        found[name] = " ".join(sorted(set(words)) if name in _UNORDERED else words)
    return found


def _skip_differences(reference: Stage1Graph, graph: Stage1Graph) -> list[str]:
    found = []
    for what, theirs, ours in (
        ("program", reference.skipped_programs, graph.skipped_programs),
        ("library", reference.skipped_libraries, graph.skipped_libraries),
    ):
        for name in sorted(theirs.keys() | ours.keys()):
            if theirs.get(name) != ours.get(name):
                found.append(f"skipped {what} {name}: {theirs.get(name)} / {ours.get(name)}")
    if reference.missing_libraries != graph.missing_libraries:
        found.append(
            f"missing libraries {sorted(reference.missing_libraries ^ graph.missing_libraries)}"
        )
    return found

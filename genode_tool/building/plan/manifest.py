"""The ninja file of a build directory, and what is written along with it.

All known leaves are in one file, also those of other goals and kernels: they share
ninja's log, and nothing that both kernels use is built twice. Where two configurations make the
same file with different commands, the one in use wins; the other one's leaf comes back when its
kernel is used again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from genode_tool.building.graph.model import BuildGraph, LeafId
from genode_tool.building.ninja.syntax import Edge, edge_text, head
from genode_tool.building.plan.leaf_plan import LeafPlan
from genode_tool.building.problems import Problem, Trouble
from genode_tool.errors import Location
from genode_tool.record import record, replace


def ambiguous(plans: Mapping[LeafId, LeafPlan]) -> tuple[list[Problem], set[LeafId]]:
    """Return problems for files that two leaves make, and those leaves."""
    makers: dict[str, LeafId] = {}
    problems = []
    involved: set[LeafId] = set()
    clashes: dict[tuple[LeafId, LeafId], str] = {}
    for leaf, plan in plans.items():
        for output in plan.outputs:
            other = makers.setdefault(output, leaf)
            if other != leaf and not _same_edge(plans[other], plan, output):
                clashes.setdefault((other, leaf), output)
    for (first, second), output in clashes.items():
        involved |= {first, second}
        problems.append(
            Problem.of(
                Trouble.AMBIGUOUS,
                output,
                f"`{plans[first].label}` and `{plans[second].label}` both make `{output}`: "
                f"{plans[first].description} and {plans[second].description}",
                Location(plans[second].description),
                hint="give one of them another TARGET, or name only one of them as a goal",
            )
        )
    return problems, involved


def _same_edge(first: LeafPlan, second: LeafPlan, output: str) -> bool:
    def edge_of(plan: LeafPlan) -> Edge | None:
        return next((edge for edge in plan.edges if output in edge.outputs), None)

    one, other = edge_of(first), edge_of(second)
    return one is not None and other is not None and one.command == other.command


@record
class Manifest:
    """A ninja file, the leaves in it, and everything that its steps make."""

    text: str
    plans: Mapping[LeafId, LeafPlan]
    outputs: frozenset[str]


def ninja_file(
    plans: Mapping[LeafId, LeafPlan], others: Iterable[tuple[LeafId, LeafPlan]]
) -> Manifest:
    """Return the ninja file for the leaves of this call and `others` known from before."""
    everything = dict(plans)
    claimed = {output for plan in plans.values() for output in plan.outputs}
    # Leaves of this call come first: what they make is theirs, whoever made it before.
    for leaf, plan in others:
        if leaf not in everything and claimed.isdisjoint(plan.outputs):
            everything[leaf] = plan
            claimed.update(plan.outputs)
    headers = _Headers(everything)
    done: set[str] = set()
    sections = [
        _leaf_text(leaf, plan, headers, done)
        for leaf, plan in sorted(everything.items(), key=lambda item: str(item[0]))
    ]
    return Manifest(head() + "".join(sections), everything, frozenset(claimed))


class _Headers:
    """The generated headers and the like that each leaf may need before it compiles."""

    def __init__(self, plans: Mapping[LeafId, LeafPlan]) -> None:
        self._plans = plans
        self._found: dict[LeafId, tuple[str, ...]] = {}

    def of(self, leaf: LeafId) -> tuple[str, ...]:
        found = self._found.get(leaf)
        if found is None:
            self._found[leaf] = ()
            files: list[str] = []
            for other in self.waits_for(leaf):
                files += self.of(other)
                files += self._plans[other].special
            found = self._found[leaf] = tuple(dict.fromkeys(files))
        return found

    def waits_for(self, leaf: LeafId) -> tuple[LeafId, ...]:
        groups = (LeafId.of_group(name) for name in self._plans[leaf].waits_for)
        return tuple(other for other in groups if other in self._plans)


def _leaf_text(leaf: LeafId, plan: LeafPlan, headers: _Headers, done: set[str]) -> str:
    """Return the part of the ninja file for one leaf.

    Compiling needs generated headers only; anything else, such as linking, waits for the
    whole of the leaves that make would have finished before.
    """
    groups = tuple(other.group for other in headers.waits_for(leaf))
    special = headers.of(leaf)
    parts = [f"# {plan.label}: {plan.description}\n"]
    for edge in plan.edges:
        if not done.isdisjoint(edge.outputs):
            continue  # the same step of another leaf
        done.update(edge.outputs)
        order = dict.fromkeys((*edge.order_only, *(special if edge.depfile else groups)))
        kept = tuple(one for one in order if one not in edge.inputs and one not in edge.outputs)
        parts.append(edge_text(replace(edge, order_only=kept)))
    parts.append(edge_text(Edge((leaf.group,), plan.goal, groups)))
    return "".join(parts)


def compile_commands(build_dir: str, plans: Iterable[LeafPlan]) -> bytes:
    """Return `compile_commands.json` (the format of Clang's JSON compilation database)."""
    entries = []
    for plan in plans:
        for source, output, directory, command in plan.compiles:
            entries.append(
                {
                    "directory": f"{build_dir}/{directory}",
                    "file": source,
                    "output": f"{build_dir}/{output}",
                    "command": command,
                }
            )
    entries.sort(key=lambda entry: (entry["file"], entry["output"]))
    return (json.dumps(entries, indent=1) + "\n").encode()


def library_dependencies(graph: BuildGraph) -> bytes:
    """Return `var/libdeps`: who needs which libraries, one line each, sorted."""
    lines = ["# What each program and library of the last build links: NAME: LIBRARIES", ""]
    lines += sorted(
        f"{leaf.label}: {' '.join(other.group[1:] for other in leaf.waits_for)}".rstrip()
        for leaf in graph.leaves.values()
    )
    if graph.skipped:
        lines += ["", *(f"# skipped: {name}" for name in sorted(graph.skipped))]
    return ("\n".join(lines) + "\n").encode(errors="surrogateescape")


def manifest_path(build_dir: str) -> Path:
    """Return the path of the ninja file."""
    return Path(build_dir) / "var/genode/build.ninja"

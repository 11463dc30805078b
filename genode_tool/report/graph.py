"""The graph of programs and libraries as a tree, DOT (Graphviz), SVG, JSON, makefile text.

Formats: "The DOT Language" (graphviz.org); the makefile text is that of `var/libdeps`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from genode_tool.building.ask.dependencies import Chain, Dependencies, DependencyNode
from genode_tool.building.graph.model import LeafId, LeafKind
from genode_tool.errors import EnvironmentProblem
from genode_tool.process import find_program, run, scrubbed_environment
from genode_tool.programs import how_to_get
from genode_tool.report.terminal import Terminal

_SHAPES = {
    LeafKind.PROGRAM: "box",
    LeafKind.ABI: "ellipse, style=dashed",
    LeafKind.SHARED: "ellipse",
    LeafKind.ARCHIVE: "ellipse, style=filled, fillcolor=gray92",
    LeafKind.LIBRARY: "ellipse",
}
_SVG_SECONDS = 300


def tree_lines(needs: Dependencies, screen: Terminal, *, users_of: str = "") -> Iterator[str]:
    """Yield the tree below each goal, or with `users_of` that of all who need a node.

    What was shown before is not unfolded again, and marked with an asterisk.
    """
    below: Mapping[LeafId, tuple[LeafId, ...]] = needs.users() if users_of else needs.needs
    shown: set[LeafId] = set()
    for root in needs.named(users_of) if users_of else needs.roots:
        yield from _branch(needs, below, root, "", "", shown, screen)


def _branch(
    needs: Dependencies,
    below: Mapping[LeafId, tuple[LeafId, ...]],
    one: LeafId,
    before: str,
    indent: str,
    shown: set[LeafId],
    screen: Terminal,
) -> Iterator[str]:
    node = needs.nodes[one]
    children = below[one]
    again = bool(children) and one in shown
    name = screen.paint(node.name, "bold") if node.kind is LeafKind.PROGRAM else node.name
    yield f"{before}{name}{' *' if again else ''}"
    if again:
        return
    shown.add(one)
    for index, child in enumerate(children):
        last = index + 1 == len(children)
        yield from _branch(
            needs,
            below,
            child,
            indent + ("└── " if last else "├── "),
            indent + ("    " if last else "│   "),
            shown,
            screen,
        )


def chain_lines(chains: Sequence[Chain], screen: Terminal) -> Iterator[str]:
    """Yield one line for each chain; `~>` leads from an ABI to the library used at run time."""
    for chain in chains:
        text = ""
        for index, node in enumerate(chain.nodes):
            if index:
                text += screen.paint(" ~> " if index - 1 in chain.run_time else " -> ", "dim")
            text += node.name
        yield text


def dot_text(needs: Dependencies) -> str:
    """Return the graph in the DOT language."""
    lines = ["digraph genode {", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for node in needs.nodes.values():
        tip = _quoted(node.description)
        lines.append(f"  {_quoted(node.name)} [shape={_SHAPES[node.kind]}, tooltip={tip}];")
    for one, others in needs.needs.items():
        for other in others:
            lines.append(
                f"  {_quoted(needs.nodes[one].name)} -> {_quoted(needs.nodes[other].name)};"
            )
    for one, others in needs.at_run_time.items():
        for other in others:
            lines.append(
                f"  {_quoted(needs.nodes[one].name)} -> {_quoted(needs.nodes[other].name)}"
                " [style=dotted];"
            )
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def svg_text(needs: Dependencies) -> str:
    """Return the graph as an SVG picture, drawn by Graphviz.

    Raises `EnvironmentProblem` when Graphviz is missing or fails.
    """
    if find_program("dot") is None:
        raise EnvironmentProblem(
            "the program `dot`, which draws graphs, is missing",
            hint=f"{how_to_get('dot')}; `--format dot` needs nothing",
        )
    done = run(
        ["dot", "-Tsvg"],
        cwd=Path.cwd(),
        env=scrubbed_environment(),
        input=dot_text(needs).encode(),
        timeout=_SVG_SECONDS,
    )
    if done.returncode:
        raise EnvironmentProblem(
            f"dot ended with status {done.returncode}",
            trail=tuple(done.stderr.decode(errors="replace").splitlines()[:5]),
        )
    return done.stdout.decode()


def json_text(needs: Dependencies) -> str:
    """Return the graph as JSON: nodes, edges, roots."""
    edges = [
        {"from": str(one), "to": str(other), "at": when}
        for when, table in (("build", needs.needs), ("run", needs.at_run_time))
        for one, others in table.items()
        for other in others
    ]
    data = {
        "nodes": [_node_data(node) for node in needs.nodes.values()],
        "edges": edges,
        "roots": [str(one) for one in needs.roots],
    }
    return json.dumps(data, indent=2) + "\n"


def _node_data(node: DependencyNode) -> dict[str, str]:
    return {
        "id": str(node.id),
        "goal": node.goal,
        "kind": node.kind.name.lower(),
        "repository": node.repository,
        "description": node.description,
    }


def chains_json(chains: Sequence[Chain]) -> str:
    """Return chains as JSON: lists of steps."""
    data = [[_node_data(node) for node in chain.nodes] for chain in chains]
    return json.dumps(data, indent=2) + "\n"

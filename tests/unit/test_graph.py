"""`genode graph`: who needs whom, through what, in each format."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from genode_tool.building.ask.dependencies import Chain, dependency_chains, dependency_graph
from genode_tool.building.ask.goal_graph import goal_graph
from genode_tool.cli.main import main
from genode_tool.errors import UserError
from genode_tool.report.graph import dot_text
from tests.unit.buildtree import SmallTree


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    """`app/one` needs `util` and, by two ways, `deep`; `two` needs the ABI of `shared`."""
    made = SmallTree(tmp_path)
    made.append("repos/base/src/app/one/target.mk", "LIBS += left right\n")
    for name, libs in (("left", "deep"), ("right", "deep"), ("deep", ""), ("behind", "")):
        made.write(f"repos/base/lib/mk/{name}.mk", f"LIBS = {libs}\n")
    made.write("repos/base/lib/symbols/shared", "shared T\n")
    made.write("repos/base/lib/mk/shared.mk", "LIBS = behind\n")
    made.append("repos/base/src/app/two/target.mk", "LIBS = shared\n")
    return made


def ways(chains: tuple[Chain, ...]) -> set[str]:
    return {" ".join(node.name for node in chain.nodes) for chain in chains}


def test_all_shortest_chains(tree: SmallTree) -> None:
    assert ways(dependency_chains(tree.open(), "app/one", "lib/deep")) == {
        "app/one lib/left lib/deep",
        "app/one lib/right lib/deep",
    }
    assert ways(dependency_chains(tree.open(), "app/one", "lib/util")) == {"app/one lib/util"}
    assert dependency_chains(tree.open(), "app/two", "lib/deep") == ()


def test_what_stands_behind_an_abi_is_told_apart(tree: SmallTree) -> None:
    assert ways(dependency_chains(tree.open(), "app/two", "lib/shared")) == {
        "app/two lib/shared (ABI)"
    }
    (chain,) = dependency_chains(tree.open(), "app/two", "lib/behind")
    assert [node.name for node in chain.nodes] == [
        "app/two",
        "lib/shared (ABI)",
        "lib/shared",
        "lib/behind",
    ]
    assert chain.run_time == {1}


def test_unknown_goal_in_a_chain(tree: SmallTree) -> None:
    with pytest.raises(UserError) as caught:
        dependency_chains(tree.open(), "app/one", "lib/depe")
    assert "`deep`" in caught.value.hint


def run(tree: SmallTree, *words: str) -> int:
    return main(["-C", str(tree.build), "graph", *words])


def test_tree_unfolds_each_node_once(tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree, "app/one") == 0
    assert capsys.readouterr().out.splitlines() == [
        "app/one",
        "├── lib/util",
        "├── lib/left",
        "│   └── lib/deep",
        "└── lib/right",
        "    └── lib/deep",
    ]
    assert run(tree, "--users", "lib/deep") == 0
    assert capsys.readouterr().out.splitlines() == [
        "lib/deep",
        "├── lib/left",
        "│   └── app/one",
        "└── lib/right",
        "    └── app/one",
    ]


def test_why_is_also_an_exit_code(tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree, "--why", "app/one", "lib/util") == 0
    assert run(tree, "--why", "app/two", "app/one") == 1
    assert run(tree, "--why", "app/one", "lib/util", "lib/deep") == 2
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["app/one -> lib/util", "app/two does not need app/one"]


def test_machine_readable_formats(tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tree, "app/two", "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert {node["goal"] for node in data["nodes"]} == {"app/two", "lib/shared"}
    assert data["roots"] == ["prg:app/two"]
    assert {"from": "prg:app/two", "to": "abi:shared", "at": "build"} in data["edges"]
    assert run(tree, "app/two", "--format", "make") == 0
    assert "app/two/two: abi/shared" in capsys.readouterr().out.splitlines()


def test_dot_quotes_what_it_must(tree: SmallTree) -> None:
    _, needs = dependency_graph(tree.open(), ("app/one",))
    text = dot_text(needs)
    assert text.startswith("digraph genode {")
    assert '  "app/one" -> "lib/left";' in text.splitlines()


def test_svg_needs_graphviz(
    tree: SmallTree, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genode_tool.report.graph.find_program", lambda _name: None)
    assert run(tree, "app/one", "--format", "svg") == 2
    assert "graphviz" in capsys.readouterr().err


def test_a_chain_of_libraries_may_be_longer_than_the_stack(tree: SmallTree) -> None:
    length = sys.getrecursionlimit()
    for number in range(length):
        tree.write(f"repos/base/lib/mk/link{number}.mk", f"LIBS = link{number + 1}\n")
    tree.write(f"repos/base/lib/mk/link{length}.mk", "LIBS = util\n")
    tree.append("repos/base/src/app/one/target.mk", "LIBS += link0\n")
    graph = goal_graph(tree.open(), ("app/one",)).graph
    (program,) = graph.roots
    names = {leaf.name for leaf in graph.closure(program)}
    assert {"link0", f"link{length}", "util"} <= names and len(names) == length + 5
    archives = dict(graph.leaves[program].variables)["ARCHIVES"].split()
    assert f"link{length}.lib.a" in archives and len(archives) == len(names)

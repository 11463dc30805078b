"""`genode explain`: why a step would run, in a small tree and in our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genode_tool.building.ask.explain import (
    Cause,
    Reason,
    StepAccount,
    explain_step,
    parse_explanations,
)
from genode_tool.building.ask.goal_graph import goal_graph, leaves_of
from genode_tool.building.ask.leaf_view import LeafView, leaf_variable, view_leaf
from genode_tool.cli.main import main
from genode_tool.errors import UserError
from genode_tool.events import Warned
from genode_tool.tree import create_builddir
from tests.unit.buildtree import SmallTree


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


def view(tree: SmallTree, goal: str, overrides: dict[str, str] | None = None) -> LeafView:
    query = goal_graph(tree.open(overrides), (goal,))
    return view_leaf(query, leaves_of(query, goal)[0])


def step(tree: SmallTree, name: str, overrides: dict[str, str] | None = None) -> StepAccount:
    found = explain_step(view(tree, "app/one", overrides), name)
    assert found is not None
    return found


def causes(account: StepAccount) -> list[Cause]:
    return [one.cause for one in account.reasons]


def test_why_a_step_would_run(tree: SmallTree) -> None:
    assert causes(step(tree, "main.o")) == [Cause.NEVER_BUILT]
    tree.make("app/one")
    done = step(tree, "main.o")
    assert done.reasons == ()
    assert done.seconds is not None
    tree.touch("repos/base/src/app/one/main.cc")
    assert step(tree, "main.o").reasons == step(tree, "one").reasons == ()
    tree.append("repos/base/src/app/one/main.cc", "int more();\n")
    assert causes(step(tree, "main.o")) == [Cause.CONTENT]
    assert step(tree, "main.o").reasons[0].subject.endswith("app/one/main.cc")
    assert Reason(Cause.BEFORE, "app/one/main.o") in step(tree, "one").reasons
    assert step(tree, "more.o").reasons == ()
    (tree.build / "app/one/more.o").unlink()
    assert causes(step(tree, "more.o")) == [Cause.MISSING]


def test_a_header_that_changed_is_named(tree: SmallTree) -> None:
    tree.make("app/one")
    tree.append("repos/base/include/base.h", "int more();\n")
    (reason,) = step(tree, "main.o").reasons
    assert reason.cause is Cause.CONTENT
    assert reason.subject.endswith("include/base.h")


def test_a_step_that_failed_is_to_be_done_again(tree: SmallTree) -> None:
    tree.make("app/one")
    tree.append("repos/base/src/app/one/main.cc", "broken\n")
    assert not tree.make("app/one").ok
    assert Cause.UNFINISHED in causes(step(tree, "main.o"))


def test_a_changed_command_is_told_by_its_words(tree: SmallTree) -> None:
    tree.make("app/one")
    changed = step(tree, "main.o", {"CC_OPT": "-DNEW"})
    assert causes(changed) == [Cause.COMMAND]
    assert (changed.added, changed.removed) == (("-DNEW",), ())
    tree.append("repos/base/src/app/one/target.mk", "CC_OPT += -DLATER\n")
    assert step(tree, "main.o").added == ("-DLATER",)


def test_lines_of_older_and_newer_ninja() -> None:
    direct, dirty = parse_explanations(
        [
            "ninja explain: restat of output a older than most recent input b (1 vs 2)",
            "ninja explain: recorded mtime of c older than most recent input d (1 vs 2)",
            "ninja explain: a is dirty",
            "[1/2] LINK a is dirty",
        ]
    )
    assert direct == {"a": [Reason(Cause.NEWER, "b")], "c": [Reason(Cause.NEWER, "d")]}
    assert dirty == {"a"}


def test_configuration_hands_variables_on(tree: SmallTree) -> None:
    account = leaf_variable(view(tree, "app/one"), "KERNEL")
    assert account is not None
    assert account.handed_on is not None
    (assignment,) = account.handed_on.assignments
    assert assignment.location is not None
    assert assignment.location.file == f"{tree.build}/etc/build.conf"


def test_questions_leave_no_trace_in_the_state(tree: SmallTree) -> None:
    tree.make("app/one")
    files = {path: path.stat().st_mtime_ns for path in tree.build.rglob("*") if path.is_file()}
    step(tree, "main.o", {"CC_OPT": "-DNEW"})
    assert files == {
        path: path.stat().st_mtime_ns for path in tree.build.rglob("*") if path.is_file()
    }
    assert tree.make("app/one").steps == 0


def test_goals_that_cannot_be_explained(tree: SmallTree) -> None:
    with pytest.raises(UserError, match="means 2 programs") as caught:
        view(tree, "app")
    assert "app/one, app/two" in caught.value.hint
    tree.append("repos/base/src/app/one/target.mk", "REQUIRES += moon\n")
    with pytest.raises(UserError, match="requires moon"):
        view(tree, "app/one")


def test_unknown_name_gives_the_nearest(
    tree: SmallTree, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-C", str(tree.build), "explain", "app/one", "TARGTE"]) == 2
    assert "did you mean `TARGET`" in capsys.readouterr().err
    assert main(["-C", str(tree.build), "explain"]) == 2


def test_lines_and_json(tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(tree.build), "explain", "app/one", "main.o"]) == 0
    shown = capsys.readouterr().out
    assert "pattern rule %.o" in shown
    assert "yes: it was never built" in shown
    assert main(["-C", str(tree.build), "explain", "app/one", "LIBS", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["variable"]["value"] == "util"
    assert data["variable"]["assignments"][0]["location"]["line"] == 3
    assert data["target"] is None
    assert main(["-C", str(tree.build), "explain", "lib/util"]) == 0
    assert "var/libcache/util/util.o" in capsys.readouterr().out


def test_our_own_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = str(create_builddir("x86_64", tmp_path / "build"))
    assert main(["-C", build, "explain", "test/log", "CC_OPT", "--deep", "KERNEL=linux"]) == 0
    shown = capsys.readouterr().out
    assert "repos/base/mk/global.mk:" in shown
    assert "\nCC_OLEVEL\n" in shown
    assert main(["-C", build, "explain", "lib/ld", "ld.abi.so", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["leaf"]["kind"] == "abi"
    assert data["step"]["reasons"][0]["cause"] == "never_built"


def test_warnings_of_a_description_are_told_when_it_is_evaluated(tree: SmallTree) -> None:
    tree.append(
        "repos/base/src/app/two/target.mk",
        "$(warning beware)\nextra:\n\ttrue\nextra:\n\tfalse\n",
    )
    assert tree.make("app/two").ok
    said = [str(one.diagnostic) for one in tree.events if isinstance(one, Warned)]
    assert any(text.endswith("target.mk:3: beware") for text in said)
    assert any("overriding recipe for target 'extra'" in text for text in said)
    assert len(said) == 3

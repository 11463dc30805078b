"""Many leaves evaluated at once, by copies of the process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genode_tool.building import builder
from genode_tool.building.events import GraphReady
from genode_tool.building.ninja.runner import NinjaOutcome
from genode_tool.building.plan import parallel_evaluation
from genode_tool.events import Warned
from genode_tool.fork import fork
from tests.unit.buildtree import SmallTree

COUNT = 70


def many(path: Path) -> SmallTree:
    """Return a tree of many programs; each looks at a file of its own, and one is broken."""
    tree = SmallTree(path)
    for number in range(COUNT):
        tree.write(
            f"repos/base/src/many/p{number:02}/target.mk",
            f"""
            TARGET = p{number:02}
            SRC_CC = main.cc
            LIBS = util
            CC_OPT += -DN=$(shell cat $(PRG_DIR)/n; echo said by {number} >&2)
            include $(PRG_DIR)/own.inc
            """,
        )
        tree.write(f"repos/base/src/many/p{number:02}/n", f"{number}\n")
        tree.write(f"repos/base/src/many/p{number:02}/own.inc", f"CC_OPT += -DOWN={number}\n")
        tree.write(f"repos/base/src/many/p{number:02}/main.cc", "int n = N;\n")
    tree.write("repos/base/src/many/p33/main.cc", "")
    (tree.path / "repos/base/src/many/p33/main.cc").unlink()
    return tree


@pytest.fixture(autouse=True)
def no_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds plan, write what they have planned, and remember it; no step is run."""
    ran = builder._Ran(NinjaOutcome(True, 0, (), ""))
    monkeypatch.setattr(builder, "_run", lambda *_: ran)


def planned(tree: SmallTree, processors: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Plan everything with so many processes, and return the ninja file."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    for name in ("state", "build.ninja"):
        (tree.build / "var/genode" / name).unlink(missing_ok=True)
    for call in (tree.build / "var/genode/calls").glob("*"):
        call.unlink()
    result = tree.make("many", keep_going=True)
    assert [problem.chain[-1] for problem in result.problems] == ["many/p33/p33"]
    said = [event.diagnostic.text for event in tree.events if isinstance(event, Warned)]
    assert sum("said by" in one for one in said) == COUNT - 1
    text = (tree.build / "var/genode/build.ninja").read_text()
    return text.replace(f"depth = {processors}", "")


def test_plans_are_the_same_with_one_process_and_with_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = many(tmp_path)
    one = planned(tree, 1, monkeypatch)
    assert one.count("main.o: compile") == COUNT - 1
    assert planned(tree, 4, monkeypatch) == one


def test_what_copies_saw_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = many(tmp_path)
    planned(tree, 4, monkeypatch)

    def evaluated(goal: str) -> int:
        tree.make(goal, keep_going=True)
        return sum(event.evaluated for event in tree.events if isinstance(event, GraphReady))

    assert evaluated("many") == 0
    for number in (1, 2, 3, 40):
        tree.append(f"repos/base/src/many/p{number:02}/own.inc", "CC_OPT += -DMORE\n")
        assert evaluated(f"many/p{number:02}") == 2  # the description and its leaf
        tree.append(f"repos/base/src/many/p{number:02}/n", "9\n")
        assert evaluated(f"many/p{number:02}") == 1  # the leaf alone asks for that flag


def test_a_copy_that_fails_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = many(tmp_path)
    one = planned(tree, 1, monkeypatch)

    def fail(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(parallel_evaluation, "_hand_back", fail)
    assert planned(tree, 3, monkeypatch) == one


def children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_copies_end_in_every_way(capfd: pytest.CaptureFixture[str]) -> None:
    before = children()
    assert fork(lambda: b"x" * 3_000_000).result(60) == b"x" * 3_000_000
    assert fork(lambda: bytes(1 // 0)).result(60) is None
    stuck = fork(lambda: os.read(os.pipe()[0], 1))
    assert stuck.result(0.2) is None
    stuck.end()
    assert children() == before
    assert capfd.readouterr().err == ""

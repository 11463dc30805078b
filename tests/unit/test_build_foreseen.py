"""What goals would make, asked while builds may be at work: no wait, no trace, no loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.building import artifacts_of
from genode_tool.building.memory.store import MemoryStore
from genode_tool.deadline import Deadline
from genode_tool.errors import UserError
from genode_tool.locks import acquire
from tests.unit.buildtree import SmallTree


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


def _files(tree: SmallTree) -> dict[str, bytes]:
    return {
        str(path.relative_to(tree.build)): path.read_bytes()
        for path in tree.build.rglob("*")
        if path.is_file() and "var/genode" not in str(path)
    }


@pytest.mark.parametrize("built", [False, True])
def test_a_question_does_not_wait_for_a_build(tree: SmallTree, built: bool) -> None:
    if built:
        tree.make("app/two")
    directory = MemoryStore.of(tree.build).directory
    lock = acquire(directory / "lock", "the build directory", Deadline.after(0))
    before = _files(tree)
    assert artifacts_of(tree.open(), ("app/two",)) == ("two",)
    assert _files(tree) == before
    lock.release()


def test_a_question_builds_plans_and_removes_nothing(tree: SmallTree) -> None:
    assert artifacts_of(tree.open(), ("app/two",)) == ("two",)
    assert not (tree.build / "bin/two").exists()
    assert not (tree.build / "compile_commands.json").exists()
    tree.make()
    before = _files(tree)
    tree.write("repos/base/src/app/two/target.mk", "TARGET = second\nSRC_CC = main.cc\n")
    assert artifacts_of(tree.open(), ("app/two", "clean")) == ("second",)
    assert _files(tree) == before
    # The build that follows still knows what is to be removed.
    tree.make()
    assert sorted(path.name for path in (tree.build / "bin").iterdir()) == ["one", "second"]


def test_a_repeated_question_evaluates_nothing(
    tree: SmallTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert artifacts_of(tree.open(), ("app/two",)) == ("two",)
    monkeypatch.setattr("genode_tool.building.memory.evaluation_cache.EvaluationCache.put", None)
    assert artifacts_of(tree.open(), ("app/two",)) == ("two",)


def test_an_unknown_goal_is_refused(tree: SmallTree) -> None:
    with pytest.raises(UserError, match="app/three"):
        artifacts_of(tree.open(), ("app/three",))


def test_a_dry_run_of_clean_removes_nothing(tree: SmallTree) -> None:
    tree.make()
    before = _files(tree)
    assert tree.make("clean", dry_run=True).ok
    assert _files(tree) == before

"""Replayed answers of `genode depot create`: when, and above all when not."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable

import pytest

from genode_tool.cli.main import main
from tests.unit.depot_build_tree import DepotTree, V, depot_tree
from tests.unit.test_build_misleading_times import MAIN, MORE, UTIL
from tests.unit.test_recall import call, replaced, settle, told

__all__ = ["depot_tree"]

WORDS = ["depot", "create", "me/pkg/x86_64/both"]
NOTHING = re.compile(
    r"genode: 5 archives: 5 up to date \(\d\.\d\d s\)\n"
    r"genode: 2 archives: 2 up to date \(\d\.\d\d s\)\n"
)


def ready(capfd: pytest.CaptureFixture[str]) -> None:
    """Create the archives, so that an answer is cached."""
    assert "created me/bin/x86_64/two" in call(capfd, WORDS)
    assert told(capfd, WORDS) is None, "something was made: that is no answer"
    call(capfd, WORDS)
    assert NOTHING.fullmatch(told(capfd, WORDS) or "")


_BIN = f"me/bin/x86_64/one/{V}"

CHANGES: dict[str, Callable[[DepotTree], object]] = {
    "a source": lambda tree: tree.write(MAIN, "other\n"),
    "a source that is removed": lambda tree: (tree.path / MORE).unlink(),
    "a source that is added": lambda tree: tree.write("repos/base/src/app/two/x.cc", ""),
    "content with the old time": lambda tree: replaced(tree.path / UTIL),
    "a recipe": lambda tree: tree.append("repos/base/recipes/src/two/content.mk", "x:\n"),
    "a recipe's version": lambda tree: tree.hash_file("api/util").write_text("2026-02-02 0\n"),
    "a used interface": lambda tree: tree.append("repos/base/recipes/src/two/used_apis", "util\n"),
    "a package's list": lambda tree: tree.append("repos/base/recipes/pkg/both/archives", "\n"),
    "an equal recipe elsewhere": lambda tree: tree.write(
        "repos/base-hw/recipes/src/two/content.mk", ""
    ),
    "another repository": lambda tree: tree.write("repos/more/recipes/src/two/content.mk", ""),
    "a rule makefile": lambda tree: tree.append("repos/base/mk/prg.mk", "# more\n"),
    "a new rule makefile": lambda tree: tree.write("repos/base/mk/spec/x86.mk", ""),
    "the compiler": lambda tree: replaced(tree.path.parent / "compiler"),
    "the tools": lambda tree: (tree.build / "etc/tools.conf").write_text("CC_OPT = -O0\n"),
    "the tools' file": lambda tree: (tree.build / "etc/tools.conf").unlink(),
    "the configuration": lambda tree: (tree.build / "etc/build.conf").write_text(
        (tree.build / "etc/build.conf").read_text() + "CONTRIB_DIR := /else/where\n"
    ),
    "a source archive": lambda tree: shutil.rmtree(tree.depot / f"me/src/one/{V}"),
    "a source archive's interfaces": lambda tree: (
        tree.depot / f"me/src/one/{V}/used_apis"
    ).write_text(f"util/{V}\n"),
    "a source archive's hash": lambda tree: (tree.depot / f"me/src/one/{V}.hash").unlink(),
    "an interface's hash": lambda tree: replaced(tree.depot / f"me/api/util/{V}.hash"),
    "a binary archive": lambda tree: shutil.rmtree(tree.depot / _BIN),
    "a binary archive's hash": lambda tree: replaced(tree.depot / f"{_BIN}.hash"),
    "how a binary was built": lambda tree: (tree.depot / f"{_BIN}.record").write_text("{}"),
    "the directory": lambda tree: os.chdir(tree.path),
    "the environment": lambda tree: os.environ.__setitem__("CROSS_DEV_PREFIX", "x-"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_nothing_is_told_again_when_something_changed(
    what: str,
    depot_tree: DepotTree,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CROSS_DEV_PREFIX", "")  # restored afterwards
    ready(capfd)
    CHANGES[what](depot_tree)
    assert told(capfd, WORDS) is None


def test_other_words_are_another_question(
    depot_tree: DepotTree, capfd: pytest.CaptureFixture[str]
) -> None:
    ready(capfd)
    for more in ("--debug-info", "--rebuild", "--force", "DBG=1", "REPOSITORIES=x", "-v"):
        assert told(capfd, [*WORDS, more]) is None
    assert told(capfd, ["depot", "extract", *WORDS[2:]]) is None


def test_what_is_younger_than_the_call_is_no_answer(
    depot_tree: DepotTree, capfd: pytest.CaptureFixture[str]
) -> None:
    call(capfd, WORDS)
    settle()
    (depot_tree.path / MAIN).touch()
    assert main(WORDS) == 0
    capfd.readouterr()
    assert told(capfd, WORDS) is None

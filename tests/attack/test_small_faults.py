"""Input that once led to an internal error, to pages of output, or to a file that stayed away."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.cli.main import main
from genode_tool.run.verdict import Outcome
from tests.shared.standin import Tree, make_tree
from tests.unit.buildtree import SmallTree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel = made.board = "linux"
    return made


@pytest.mark.parametrize("word", ["foo", "1x", "{}", "1 2", "99999999999999999999", "-", "0x"])
def test_a_status_that_is_none_is_an_error_of_the_script(tree: Tree, word: str) -> None:
    verdict = tree.run(f"puts a\nexit {word}\n")
    assert verdict.outcome is Outcome.SCRIPT_ERROR, verdict
    assert "Traceback" not in verdict.reason and "\n" not in verdict.reason


@pytest.mark.parametrize(
    "text",
    [
        "proc f {} { f }\nf\n",
        "proc f {} { g }\nproc g {} { eval f }\nf\n",
        "proc f {x} { uplevel 1 [list f $x] }\nf a\n",
    ],
)
def test_an_endless_recursion_is_told_in_a_few_lines(tree: Tree, text: str) -> None:
    verdict = tree.run(text)
    assert verdict.outcome is Outcome.SCRIPT_ERROR, verdict
    told = "\n".join((verdict.reason, *verdict.trail, verdict.hint))
    assert len(told) < 8000 and len(told.splitlines()) < 100


@pytest.mark.parametrize("name", ["var/libdeps", "compile_commands.json", "var/genode/build.ninja"])
def test_a_file_that_was_deleted_is_made_again(tmp_path: Path, name: str) -> None:
    tree = SmallTree(tmp_path)
    assert tree.make("app/one").ok
    (tree.build / name).unlink()
    assert tree.make("app/one").ok
    assert (tree.build / name).is_file()


@pytest.mark.parametrize("words", [["help", "--help"], ["help", "help"], ["--help"], ["help"]])
def test_help_about_help(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    out, err = capfd.readouterr()
    assert "Usage: genode" in out and not err

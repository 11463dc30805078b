"""Input that once led to an internal error, to pages of output, or to a file that stayed away."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.cli.main import main
from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.options import RunOptions
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


@pytest.mark.parametrize(
    "text",
    [
        "build {core a\0b}",
        "build_boot_image {a\0b}",
        "install_config {<config>\0</config>}",
        "import_from_depot a\0b/src/c",
        "spawn a\0b",
        "exec a\0b",
        "expect a\0b",
        "run_genode_until a\0b 1",
        "grep_output a\0b",
        "set run_genode_until a\0b; have_spec a\0b",
        "append qemu_args a\0b; puts $qemu_args",
        "get_cmd_switch a\0b",
        "eval {set x a\0b}; uplevel 0 {set y \0}; expr {\0}",
        "proc a\0b {} {}; a\0b; info body a\0b",
        "open a\0b; file exists a\0b; source a\0b",
        "set a\0b 1; set env(A\0) 1; exec env",
        "error a\0b",
        "exit a\0b",
        "a\0b",
    ],
)
@pytest.mark.parametrize("planned", [True, False])
def test_a_null_character_is_no_internal_error(tree: Tree, text: str, planned: bool) -> None:
    for one in text.split("; "):
        if planned:
            tree.script("test.run", one + "\n")
            ((verdict, _),) = plan_all(tree, ["test"], RunOptions(), tree.events.append)
        else:
            verdict = tree.run(one + "\n")
        assert "Traceback" not in verdict.reason, verdict.reason

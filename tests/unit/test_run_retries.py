"""`--retries`: what is run again, how often, and what is left at its first end."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.events import Note
from genode_tool.run.events import ScenarioEnded
from genode_tool.run.verdict import Outcome, Verdict
from tests.shared.standin import Tree, make_tree

_BOOT = """
create_boot_directory
install_config { <config/> }
build_boot_image { core }
run_genode_until {done} 60
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree whose "kernel" is a program of the host that counts its runs in `runs`."""
    made = make_tree(tmp_path)
    made.kernel, made.board = "linux", "linux"
    return made


def boots(tree: Tree, script: str) -> None:
    core = tree.path / "bin/core-linux"
    core.write_text(f"#!/bin/sh\necho x >>{tree.path}/runs\n{script}\n")
    core.chmod(0o755)


def runs(tree: Tree) -> int:
    log = tree.path / "runs"
    return len(log.read_text().split()) if log.exists() else 0


def notes(tree: Tree) -> list[str]:
    return [one.text for one in tree.events if isinstance(one, Note) and "again" in one.text]


def ends(tree: Tree) -> list[Verdict]:
    return [one.verdict for one in tree.events if isinstance(one, ScenarioEnded)]


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (2, 3), (5, 3)])
def test_a_scenario_is_run_again_until_it_passes(tree: Tree, retries: int, attempts: int) -> None:
    boots(tree, f"[ $(grep -c . {tree.path}/runs) -lt 3 ] || echo done")
    verdict = tree.run(_BOOT, retries=retries)
    passes = attempts == 3
    assert verdict.outcome is (Outcome.PASSED if passes else Outcome.END_OF_OUTPUT)
    assert (verdict.attempts, runs(tree)) == (attempts, attempts)
    assert len(notes(tree)) == attempts - 1
    assert ends(tree) == [verdict]  # one end, however many attempts


def test_a_scenario_that_passes_is_run_once(tree: Tree) -> None:
    boots(tree, "echo done")
    verdict = tree.run(_BOOT, retries=3)
    assert (verdict.outcome, verdict.attempts, runs(tree)) == (Outcome.PASSED, 1, 1)
    assert notes(tree) == []


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ("no_such_command\n", Outcome.SCRIPT_ERROR),
        ("assert { [have_spec arm] }\n", Outcome.UNSUPPORTED),
        ("exit 7\n", Outcome.EXITED),
    ],
)
def test_what_the_same_input_brings_about_again_is_final(
    tree: Tree, script: str, outcome: Outcome
) -> None:
    count = f"set log [open {tree.path}/runs a]; puts $log x; close $log\n"
    verdict = tree.run(count + script, retries=3)
    assert (verdict.outcome, verdict.attempts, runs(tree)) == (outcome, 1, 1)
    assert notes(tree) == []


def test_a_failed_build_is_final(tree: Tree) -> None:
    from genode_tool.errors import BuildFailed

    tree.failure = BuildFailed("a step failed")
    verdict = tree.run("build { core }\n", retries=3)
    assert (verdict.outcome, verdict.attempts) == (Outcome.BUILD_FAILED, 1)
    assert tree.built == ["core"]

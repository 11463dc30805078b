"""Numbers that run scripts give, right and wrong ones, and errors of any depth."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from genode_tool.deadline import Deadline
from genode_tool.run.verdict import Outcome
from tests.shared.standin import make_process

_EXITS = ("foo", "", "1.5", "010", "08", "0x1f", "0o17", "0b101", "-2", "+3", "{ 3 }", "1_0", "0d9")
_LARGE = ("4294967295", "4294967296", "-4294967297", "99999999999999999999")


@pytest.mark.skipif(shutil.which("tclsh") is None, reason="tclsh missing")
@pytest.mark.parametrize("status", [*_EXITS, *_LARGE])
def test_a_script_s_exit_is_that_of_tclsh(tmp_path: Path, status: str) -> None:
    text = f"exit {status or '{}'}"
    judge = subprocess.run(["tclsh"], input=text, capture_output=True, text=True, check=False)
    verdict = make_process(tmp_path, "exit").run(text)
    if judge.stderr:  # read from standard input, tclsh goes on after an error
        assert (verdict.outcome, verdict.reason) == (Outcome.SCRIPT_ERROR, judge.stderr.strip())
        assert verdict.location is not None
    else:
        assert verdict.exit_code == judge.returncode


@pytest.mark.parametrize("text", ["sleep foo", "sleep nan", "sleep inf", "sleep 1e999", "sleep {}"])
def test_a_wrong_pause_is_the_script_s_mistake(tmp_path: Path, text: str) -> None:
    verdict = make_process(tmp_path, "exit").run(text)
    assert verdict.outcome is Outcome.SCRIPT_ERROR
    assert verdict.reason.startswith("expected floating-point number but got")
    assert make_process(tmp_path / "2", "exit").run(f"catch {{{text}}}").passed


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e999", "x", "1_0"])
def test_a_wrong_timeout_is_the_script_s_mistake(tmp_path: Path, seconds: str) -> None:
    verdict = make_process(tmp_path, "sleep 100").run(
        "create_boot_directory; install_config {<config/>}\nbuild_boot_image { core init }\n"
        f"run_genode_until {{never}} {seconds}"
    )
    assert verdict.reason == f'timeout is "{seconds}": wanted seconds'


def test_a_timeout_of_any_length_is_waited_for(tmp_path: Path) -> None:
    verdict = make_process(tmp_path, "echo ready; sleep 100").run(
        "create_boot_directory; install_config {<config/>}\nbuild_boot_image { core init }\n"
        "run_genode_until {ready} 1e300"
    )
    assert verdict.passed, verdict
    assert Deadline.after(1e300).remaining == 1e9


@pytest.mark.parametrize(
    "text", ["proc f {} { f }\nf", "proc f {} { g }\nproc g {} { f }\nf", "proc f {} { if 1 f }\nf"]
)
def test_endless_recursion_is_an_error_of_a_few_lines(tmp_path: Path, text: str) -> None:
    verdict = make_process(tmp_path, "exit").run(text)
    assert verdict.outcome is Outcome.SCRIPT_ERROR and "infinite loop?" in verdict.reason
    assert len(verdict.trail) <= 13 and any("further calls" in one for one in verdict.trail)
    assert verdict.trail[-1].startswith("at ")

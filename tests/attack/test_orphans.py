"""Programs that leave their session and lose their parent: none outlives the tool."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genode_tool import keeper, process
from genode_tool.cli.main import main
from genode_tool.orphans import no_orphans
from genode_tool.run.verdict import Outcome
from tests.attack.outside import kill_all, running, still_running
from tests.shared.standin import Tree, make_tree
from tests.shared.waiting import LIMIT_S

MARKER = "765.25"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    kill_all(MARKER)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel = made.board = "linux"
    return made


@pytest.mark.parametrize(
    "text",
    [
        f"spawn sh -c {{setsid sleep {MARKER} & sleep 0.2}}\nexpect eof\n",
        f"spawn sh -c {{(setsid setsid sleep {MARKER} &) & exec sleep {MARKER}}}\n",
        f"spawn env -i setsid -f sleep {MARKER}\nexpect eof\n",
        f"exec setsid sleep {MARKER} &\n",
        f"exec sh -c {{setsid sleep {MARKER} >/dev/null 2>&1 &}}\n",
        f"set f [open {{| sh -c {{setsid sleep {MARKER} & sleep {MARKER}}}}} r]\n",
        f"exec sleep {MARKER} &\nerror failed\n",
    ],
)
def test_no_program_outlives_a_scenario(tree: Tree, text: str) -> None:
    verdict = tree.run(text)
    assert verdict.outcome in (Outcome.PASSED, Outcome.SCRIPT_ERROR), verdict
    assert not still_running(MARKER)


_TOOL = """
import sys, time
from genode_tool import process
process.spawn(["sh", "-c", {script!r}]){wait}
print("started", flush=True)
time.sleep(300)
"""


@pytest.mark.parametrize("wait", ["", ".wait()"])
@pytest.mark.parametrize(
    "script",
    [f"setsid sleep {MARKER} & exit 0", f"setsid sh -c 'sleep {MARKER} & sleep {MARKER}' &"],
)
def test_a_killed_tool_leaves_no_program(script: str, wait: str) -> None:
    code = _TOOL.format(script=script, wait=wait)
    child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"started\n"
    while not running(MARKER):
        assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.wait(LIMIT_S)
    assert not still_running(MARKER)


def test_children_of_others_and_known_ones_are_spared() -> None:
    before = subprocess.Popen(["sleep", "300"])
    with no_orphans():
        known = process.spawn(["sleep", "300"])
        process.spawn(["sh", "-c", f"setsid sleep {MARKER} &"]).wait()
    try:
        assert not still_running(MARKER)
        assert before.poll() is None and known.poll() is None
        assert keeper.keeper()._process.poll() is None
    finally:
        before.kill()
        before.wait()
        process.kill_group(known)
        known.wait()


def test_a_command_ends_its_keeper(capfd: pytest.CaptureFixture[str]) -> None:
    process.run(["true"])
    former = keeper.keeper()._process
    assert main(["version"]) == 0
    assert former.poll() is not None or keeper.keeper().busy
    assert process.run(["echo", "x"]).stdout == b"x\n"
    assert "genode" in capfd.readouterr().out

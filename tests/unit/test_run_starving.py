"""Time-outs on a machine whose processors are taken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from genode_tool.run.machine.cpu_starvation import Starvation
from genode_tool.run.verdict import Outcome
from tests.shared.standin import Tree, make_tree
from tests.shared.waiting import until

_SPIN = "while True: pass"

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="this Linux keeps no scheduler statistics"
)


@contextmanager
def spinning(cpu: int) -> Iterator[int]:
    """Let a process in a session of its own use processor `cpu` as much as it gets of it."""
    child = subprocess.Popen([sys.executable, "-c", _SPIN], start_new_session=True)
    os.sched_setaffinity(child.pid, {cpu})
    try:
        yield child.pid
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _sleeps(pid: int) -> bool:
    """Return whether sleep(1) does what it is for: it is the program, and waits."""
    return Path(f"/proc/{pid}/comm").read_text() == "sleep\n" and _state(pid) == "S"


def _wants_to_run(pid: int) -> bool:
    return _state(pid) == "R"


def test_only_a_thread_that_wants_to_run_starves() -> None:
    cpu = min(os.sched_getaffinity(0))
    sleeping = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        with spinning(cpu) as one, spinning(cpu):
            until(lambda: _sleeps(sleeping.pid), "the program's sleep")
            asleep, hungry = Starvation(sleeping.pid), Starvation(one)
            until(lambda: hungry.seconds >= 0.2, "a program that gets half of a processor")
            assert asleep.seconds < 0.05
            os.kill(one, signal.SIGSTOP)
            until(lambda: not _wants_to_run(one), "the program's stop")
            assert hungry.grace(10.0, 0.0) == pytest.approx(hungry.seconds, abs=0.2)
            assert hungry.grace(0.01, 0.0) == 0.0  # at most three times the time-out
            assert asleep.grace(10.0, 0.0) == 0.0
    finally:
        sleeping.kill()
        sleeping.wait()


def test_a_process_that_is_gone() -> None:
    child = subprocess.Popen(["true"], start_new_session=True)
    child.wait()
    assert Starvation(child.pid).seconds == 0.0


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel, made.board = "linux", "linux"
    return made


def test_an_idle_system_gets_no_more_than_its_time(tree: Tree) -> None:
    (tree.path / "bin").mkdir(exist_ok=True)
    core = tree.path / "bin/core-linux"
    core.write_text("#!/bin/sh\nsleep 60\n")
    core.chmod(0o755)
    verdict = tree.run(
        "create_boot_directory\ninstall_config { <config/> }\nbuild_boot_image { core }\n"
        "run_genode_until never 0.5\n"
    )
    assert verdict.outcome is Outcome.TIMEOUT
    assert verdict.reason == '"never" did not come within 0.5 s'

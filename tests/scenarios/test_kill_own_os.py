"""Ends the tool in the middle of builds and runs, in every way there is.

`GENODE_KILL_ROUNDS` (default 4) is how often each kind of work is cut off; `GENODE_KILL_SEED`
chooses other moments.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.own_os import OwnOs, one_message

ROUNDS = int(os.environ.get("GENODE_KILL_ROUNDS", "4"))
GOALS = ("init", "test/log", "lib/ld")
MOMENTS = random.Random(os.environ.get("GENODE_KILL_SEED", "genode"))


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> OwnOs:
    """Return a system whose `test/busy` neither ends nor prints."""
    own = OwnOs(tmp_path_factory.mktemp("kill"))
    own.component("busy", 'Genode::log("busy"); for (;;) ;')
    own.scenario("busy", "run_genode_until {never} 60")
    return own


@pytest.fixture
def own(system: OwnOs) -> Iterator[OwnOs]:
    yield system
    assert system.nothing_left() == []


def read_until(child: subprocess.Popen[str], text: str) -> str:
    """Return what the tool says up to a line with `text`."""
    assert child.stdout is not None
    said = ""
    for line in child.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(f"{text!r} never came:\n{said}")


def rest_of(child: subprocess.Popen[str]) -> str:
    """Return what the tool says until its end."""
    said, _ = child.communicate(timeout=30)
    assert "Traceback" not in said, said
    return said


def send(child: subprocess.Popen[str], signum: int, group: bool) -> None:
    """Signal the tool as `kill` does, or all of its group as the terminal's Ctrl-C does."""
    if group:
        os.killpg(child.pid, signum)
    else:
        child.send_signal(signum)


def test_a_build_killed_at_any_moment_continues_to_the_same_result(own: OwnOs) -> None:
    own.must("make", "clean")
    begun = time.monotonic()
    own.must("make", *GOALS)
    undisturbed, seconds = own.binaries(), time.monotonic() - begun
    assert "test-log" in undisturbed
    own.must("make", "clean")
    cut_off = 0
    while cut_off < ROUNDS:
        child = own.start("make", *GOALS)
        try:
            child.wait(MOMENTS.uniform(0.05, seconds / 2))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            cut_off += 1
            assert own.nothing_left() == []
        if child.stdout:
            child.stdout.close()
        if child.returncode == 0:
            assert own.binaries() == undisturbed
            own.must("make", "clean")
    own.must("make", *GOALS)
    assert own.binaries() == undisturbed
    assert own.steps(*GOALS) == []


@pytest.mark.parametrize("group", [False, True], ids=["alone", "group"])
def test_ctrl_c_in_a_build(own: OwnOs, group: bool) -> None:
    own.must("make", *GOALS)
    own.append("repos/base/include/base/log.h", "\n// more\n")
    child = own.start("make", *GOALS)
    read_until(child, "COMPILE")
    send(child, signal.SIGINT, group)
    said = rest_of(child)
    assert child.returncode == 130
    assert said.splitlines()[-1] == "genode: interrupted"
    assert own.nothing_left() == []
    own.must("make", *GOALS)


@pytest.mark.parametrize("kernel", ["hw", "linux"])
@pytest.mark.parametrize("group", [False, True], ids=["alone", "group"])
def test_ctrl_c_in_a_run(own: OwnOs, kernel: str, group: bool) -> None:
    child = own.start("run", "busy", "--kernel", kernel)
    read_until(child, "test-busy] busy")
    assert own.processes() != []
    send(child, signal.SIGINT, group)
    rest_of(child)
    assert child.returncode == 130
    assert own.nothing_left() == []
    assert '"interrupted"' in (own.build / "var/run/busy/verdict.json").read_text()


@pytest.mark.parametrize("kernel", ["hw", "linux"])
def test_a_killed_run_leaves_no_process_and_the_next_one_works(own: OwnOs, kernel: str) -> None:
    own.must("run", "log", "--kernel", kernel)
    for _ in range(ROUNDS):
        child = own.start("run", "busy", "--kernel", kernel)
        try:
            child.wait(MOMENTS.uniform(0.1, 1.5))
        except subprocess.TimeoutExpired:
            child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()
        assert own.nothing_left() == []
    assert "log: passed" in own.must("run", "log", "--kernel", kernel)


def test_a_killed_run_has_no_verdict(own: OwnOs) -> None:
    child = own.start("run", "busy", "--kernel", "linux")
    read_until(child, "test-busy] busy")
    child.kill()
    rest_of(child)
    assert own.nothing_left() == []
    assert not (own.build / "var/run/busy/verdict.json").exists()


def comm_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text()


def children_of(parent: int) -> list[int]:
    """Return the processes that `parent` started, by field 4 of /proc/PID/stat (proc(5))."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize(("kernel", "name"), [("hw", "qemu"), ("linux", "core")])
def test_a_system_killed_from_outside_ends_the_run(own: OwnOs, kernel: str, name: str) -> None:
    child = own.start("run", "busy", "--kernel", kernel)
    read_until(child, "test-busy] busy")
    machine = next(pid for pid in children_of(child.pid) if name in comm_of(pid))
    os.kill(machine, signal.SIGKILL)
    said = rest_of(child)
    assert child.returncode == 253
    assert "killed by SIGKILL" in said


@pytest.mark.parametrize(
    "script",
    ["while 1 {}", "while 1 { catch { while 1 {} } }", "exec sleep 60", "after 60000"],
    ids=["loop", "catching loop", "program", "sleep"],
)
def test_ctrl_c_ends_a_script_that_is_busy_with_itself(own: OwnOs, script: str) -> None:
    own.script("stuck", f"puts here\n{script}\n")
    child = own.start("run", "stuck")
    read_until(child, "here")
    child.send_signal(signal.SIGINT)
    rest_of(child)
    assert child.returncode == 130


def test_two_builds_at_once_wait_for_each_other(own: OwnOs) -> None:
    own.must("make", *GOALS)
    own.append("repos/base/include/base/log.h", "\n// more\n")
    first = own.start("make", *GOALS)
    read_until(first, "COMPILE")
    second = own.genode("make", *GOALS, "timer")
    rest_of(first)
    assert first.returncode == 0
    assert second.returncode == 0
    assert f"in use by process {first.pid}" in second.stderr + second.stdout
    assert own.steps(*GOALS) == []


def test_one_scenario_twice_at_once_is_refused_and_two_are_not(own: OwnOs) -> None:
    first = own.start("run", "busy", "--kernel", "linux")
    read_until(first, "test-busy] busy")
    second = own.genode("run", "busy", "--kernel", "linux")
    other = own.genode("run", "log", "--kernel", "linux")
    first.send_signal(signal.SIGINT)
    rest_of(first)
    assert f"is being run by process {first.pid}" in one_message(second)
    assert second.returncode == 2
    assert other.returncode == 0, other.stdout + other.stderr

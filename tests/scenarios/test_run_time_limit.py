"""Scenarios that hang outside of their own time-outs, and workers that are gone."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from genode_tool.run.scenario import time_limit
from genode_tool.run.tcl.interpreter import Interpreter
from genode_tool.run.verdict import Outcome
from tests.scenarios.own_os import OwnOs
from tests.shared.standin import make_process
from tests.shared.waiting import until


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("set x 1\nwhile 1 { incr x }", None),
        ("puts up\nexec sleep 1000", None),
        ("puts up\nspawn sleep 1000\ninteract", 3),
        ("puts up\nspawn sleep 1000\nexpect -timeout -1 eof", 3),
        ("while 1 { catch { sleep 0.05 } }", 1),
        ("spawn sleep 1000\nwhile 1 {\nexpect -timeout 0.1 eof\n}", 3),
    ],
)
def test_what_hangs_in_a_script_is_a_time_out_where_it_hangs(
    tmp_path: Path, script: str, line: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "MOST_GRANTED", 0.5)
    tree = make_process(tmp_path, "true")
    verdict = tree.run(script, time_limit=2, switches=("--no-config-check",))
    assert (verdict.outcome, verdict.exit_code) == (Outcome.TIMEOUT, 254), verdict
    assert verdict.reason.startswith("hung in the run script and was ended after ")
    if line is not None:
        assert verdict.location is not None and verdict.location.line == line


def test_a_signal_ends_a_script_also_when_what_its_handler_raised_was_lost() -> None:
    interpreter = Interpreter()
    former = signal.signal(signal.SIGINT, lambda *_: None)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            interpreter.run("while 1 {}")
    finally:
        timer.join()
        signal.signal(signal.SIGINT, former)


def test_waits_have_their_own_time(tmp_path: Path) -> None:
    tree = make_process(tmp_path, "sleep 1.2; echo up; sleep 100")
    verdict = tree.run(
        "create_boot_directory\ninstall_config {<config/>}\nbuild_boot_image { core init }\n"
        "run_genode_until {up} 30\n",
        time_limit=1,
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnOs]:
    system = OwnOs(tmp_path_factory.mktemp("workers"))
    system.script("hangs", "spawn sleep 1000\nputs [exp_pid]\nflush stdout\nwhile 1 {}\n")
    system.script("short", "puts done\n")
    yield system


def test_workers_that_hang_or_are_killed_are_told_and_the_others_go_on(own: OwnOs) -> None:
    own.script("killed", "spawn sleep 1000\nputs [exp_pid]\nexec sleep 1000\n")
    child = own.start("run", "hangs", "killed", "short", "-j2", "--time-limit", "4", "--json")
    log = own.build / "var/run/killed/script.log"

    def started() -> bool:
        assert child.poll() is None, child.communicate()
        return log.is_file() and bool(log.read_text().strip())

    until(started, "the script's processes")
    worker = _parent_of(int(log.read_text().split()[0]))
    assert worker != child.pid
    os.kill(worker, signal.SIGKILL)
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 1, said
    runs = json.loads(said[said.index("\n{") :])["runs"]
    told = {one["name"]: (one["outcome"], one["exit_code"], one["reason"]) for one in runs}
    assert told["short"][:2] == ("passed", 0)
    assert told["killed"] == ("error", 2, "the process that ran the scenario was killed by SIGKILL")
    assert told["hangs"][:2] == ("time-out", 254)
    assert told["hangs"][2].startswith("hung in the run script and was ended after 4 s")
    assert own.nothing_left() == []
    assert not Path(f"/proc/{log.read_text().split()[0]}").exists()


def test_a_worker_that_does_not_react_is_killed(
    own: OwnOs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from genode_tool.events import Event
    from genode_tool.run.context.run_scripts import find_scenario
    from genode_tool.run.engine import parallel
    from genode_tool.run.engine.worker import Job
    from genode_tool.run.events import ScriptOutput
    from genode_tool.run.options import RunOptions
    from genode_tool.tree import BuildDirectory

    own.script("still", "spawn sleep 1000\nputs [exp_pid]\nexec sleep 1000\n")

    def stop_the_worker(event: Event) -> None:
        if isinstance(event, ScriptOutput) and event.scenario == "still":
            os.kill(_parent_of(int(event.text)), signal.SIGSTOP)

    monkeypatch.setattr(parallel, "backstop", lambda _options: 6.0)
    build = BuildDirectory.open(own.build, {"KERNEL": "hw"})
    jobs = [
        Job(build, name, find_scenario(build.repositories, name), RunOptions(skip_build=True))
        for name in ("still", "short")
    ]
    still, short = parallel.run_jobs(jobs, 2, stop_the_worker)
    assert short.outcome is Outcome.PASSED
    assert (still.outcome, still.exit_code) == (Outcome.TIMEOUT, 254)
    assert still.reason == (
        "the process that ran the scenario hung in the run script and did not react"
    )
    assert own.nothing_left() == []


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])

"""Ninja's output becomes events; one build at a time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from genode_tool.building.events import BuildStepFinished
from genode_tool.building.lock import locked
from genode_tool.building.ninja.runner import StatusReader
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Event, discard
from genode_tool.locks import WaitingForLock


def status(number: int, text: str) -> str:
    return f"\x1e{number} \x1e9 \x1e2 \x1e{text}"


def test_status_lines_become_events() -> None:
    told: list[Event] = []
    reader = StatusReader(told.append)
    for line in (
        status(1, "[init/init] COMPILE  main.o"),
        "main.cc:1: warning: odd",
        "  1 | int x;",
        status(2, "[init/init] ~ init.debug"),
        status(3, "[init/init] LINK     init"),
        "FAILED: [code=1] init/init ",
        "ld -o init",
        "ld: not found",
        "ninja: build stopped: subcommand failed.",
    ):
        reader.feed(line)
    reader.finish()
    first, second = told
    assert isinstance(first, BuildStepFinished)
    assert isinstance(second, BuildStepFinished)
    assert (first.leaf, first.text, first.number, first.total) == (
        "init/init",
        "COMPILE  main.o",
        1,
        9,
    )
    assert first.output == "main.cc:1: warning: odd\n  1 | int x;"
    assert second.quiet
    assert second.text == "init.debug"
    (failure,) = reader.failures
    assert (failure.text, failure.command, failure.output, failure.code) == (
        "LINK     init",
        "ld -o init",
        "ld: not found",
        1,
    )
    assert reader.complaints == []


def test_ninja_complaints_are_kept() -> None:
    reader = StatusReader(discard)
    reader.feed("ninja: error: loading 'x': No such file")
    assert reader.complaints == ["loading 'x': No such file"]


def test_lock_waits_and_tells_who_holds_it(tmp_path: Path) -> None:
    state = tmp_path / "build/var/genode"
    state.mkdir(parents=True)
    told: list[Event] = []
    entered = threading.Event()

    def second() -> None:
        with locked(state, told.append):
            entered.set()

    with locked(state, discard):
        thread = threading.Thread(target=second)
        thread.start()
        while not told:
            pass
        assert not entered.is_set()
    thread.join()
    text = f"waiting: the build directory {tmp_path / 'build'} is in use by process {os.getpid()}"
    assert told == [WaitingForLock(text, owner=os.getpid())]
    assert entered.is_set()


def test_lock_gives_up_at_its_deadline(tmp_path: Path) -> None:
    state = tmp_path / "build/var/genode"
    state.mkdir(parents=True)
    with (
        locked(state, discard),
        pytest.raises(EnvironmentProblem, match="still in use by process"),
        locked(state, discard, timeout=0.05),
    ):
        pass

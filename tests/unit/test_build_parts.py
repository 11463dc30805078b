"""Questions to the shell, ninja's output, locks, remembered observations."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from genode_tool.building.events import StepFinished
from genode_tool.building.lock import locked
from genode_tool.building.memory.observation import Look
from genode_tool.building.memory.observatory import EvaluationScope, Observatory
from genode_tool.building.memory.shell_queries import ShellQueryKind, classify
from genode_tool.building.ninja.runner import StatusReader
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Event, discard
from genode_tool.locks import WaitingForLock


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("pwd", ShellQueryKind.TEXT),
        ("echo a  b", ShellQueryKind.TEXT),
        ("echo $HOME", ShellQueryKind.OTHER),
        ("cat /etc/hostname", ShellQueryKind.FILES),
        ("cat hostname", ShellQueryKind.OTHER),
        ("gcc -m64 -mcmodel=large -print-libgcc-file-name", ShellQueryKind.TOOL),
        ("dirname `g++ -print-libgcc-file-name`", ShellQueryKind.TOOL),
        ("gcc -print-search-dirs | grep libraries | sed 's/.*=//'", ShellQueryKind.TOOL),
        ("command -v gcc", ShellQueryKind.TOOL),
        ("gcc -print-file-name=x.a || true", ShellQueryKind.TOOL),
        ("gcc -E file.c", ShellQueryKind.OTHER),
        ("grep x /etc/passwd", ShellQueryKind.TOOL),
        ("grep x relative/hosts", ShellQueryKind.OTHER),
        ("which gcc", ShellQueryKind.TOOL),
        ("git describe", ShellQueryKind.OTHER),
        ("date", ShellQueryKind.OTHER),
        ("find /x -name y", ShellQueryKind.OTHER),
        ("gcc -dumpmachine > out", ShellQueryKind.OTHER),
    ],
)
def test_what_a_command_asks(command: str, kind: ShellQueryKind) -> None:
    assert classify(command, "/").kind is kind


def test_echo_and_pwd_answers() -> None:
    assert classify("echo 'a  b' c", "/").text == b"a  b c\n"
    assert classify("pwd", "/some/where").text == b"/some/where\n"


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
    assert isinstance(first, StepFinished)
    assert isinstance(second, StepFinished)
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


def observed(path: Path) -> EvaluationScope:
    scope = EvaluationScope(Observatory({}))
    scope.read(str(path / "file"))
    scope.stat(str(path / "absent/deep"))
    scope.listdir(str(path))
    scope.getenv("X")
    return scope


def still_holds(scope: EvaluationScope, environment: dict[str, str] | None = None) -> bool:
    kept = [scope._observatory.observation(number) for number in sorted(scope.seen)]
    later = Observatory(environment or {})
    return all(later.renewed(one) is not None for one in kept)


def test_observations_hold_while_nothing_changes(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    scope = observed(tmp_path)
    assert still_holds(scope)
    os.utime(tmp_path / "file", (1, 1))  # touched, even backwards: the content counts
    assert still_holds(scope)


def test_observations_notice_every_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    scope = observed(tmp_path)
    before = (tmp_path / "file").stat()
    (tmp_path / "file").write_text("y")
    os.utime(tmp_path / "file", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not still_holds(scope)
    (tmp_path / "file").write_text("x")
    assert still_holds(scope)
    (tmp_path / "absent").mkdir()
    assert not still_holds(scope)
    (tmp_path / "absent").rmdir()
    assert still_holds(scope)
    assert not still_holds(scope, {"X": "1"})


def test_each_thing_is_looked_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    observatory = Observatory({})
    first = observatory.look((Look.READ, str(tmp_path / "file")))
    (tmp_path / "file").write_text("y")
    assert observatory.look((Look.READ, str(tmp_path / "file"))) == first
    assert observatory.answer(first) == b"x"

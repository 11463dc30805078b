"""A debugger on a system: GDB itself, on core of our own OS in QEMU and on Linux."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.own_os import OwnOs
from tests.scenarios.terminals import terminal

pytestmark = pytest.mark.skipif(shutil.which("gdb") is None, reason="gdb is not installed")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnOs]:
    yield OwnOs(tmp_path_factory.mktemp("debugged"))


def test_a_breakpoint_in_core_in_qemu(own: OwnOs) -> None:
    with _held(own, "hw") as run:
        said = _gdb(
            own,
            _offered(run),
            "hbreak Hw::Core::start_init",
            "continue",
            "backtrace 1",
            "info symbol 'Hw::Slab::alloc()'",
            "symbols-of test-log",
            "info address Component::construct",
            "delete",
            "detach",
        )
        out, _ = run.communicate(timeout=60)  # nobody holds it any more
    assert re.search(r"Breakpoint 1, .*Hw::Core::start_init.* at base-hw/src/core/", said), said
    assert "No such file" not in said, said  # the source was found, and its line shown
    assert "Hw::Slab::alloc() in section .text" in said
    assert 'Symbol "Component::construct(Genode::Env&)" is a function at address 0x' in said
    assert run.returncode == 0, out
    assert "log: passed" in out


def test_a_breakpoint_in_core_on_linux(own: OwnOs) -> None:
    with _held(own, "linux") as run:
        said = _gdb(
            own,
            _offered(run),
            "break Core::Init_parent::start_init",
            "continue",
            "backtrace 1",
            "delete",
            "detach",
        )
        out, _ = run.communicate(timeout=60)
    assert "catchpoint 1 (exec'd" in said, said
    assert re.search(r"Breakpoint 2, Core::Init_parent::start_init.* at base", said), said
    assert run.returncode == 0, out


def test_on_a_terminal_it_is_started(own: OwnOs) -> None:
    command = own.command("--color", "never", "run", "log", "--gdb", "KERNEL=hw")
    with terminal(command, own.build, own.environment({"TERM": "dumb"})) as user:
        said = user.until("(gdb) ")
        assert "genode: log: tail -f" in said
        user.type("hbreak Hw::Core::start_init\n")
        user.until("Hardware assisted breakpoint 1 at")
        user.until("(gdb) ")
        user.type("continue\n")
        user.until("Breakpoint 1, ")
        user.until("(gdb) ")
        user.type("delete 1\n")
        user.until("(gdb) ")
        user.type("continue\n")
        user.until("genode: log: passed")
        user.until("genode: the system keeps running")
        user.type("\x03")  # for the debugger, not for us
        user.until("SIGINT")
        user.until("(gdb) ")
        user.type("quit\n")
        user.until("Quit anyway? (y or n) ")
        user.type("y\n")
        assert user.end() == 0
        assert user.restored()
    verdict = json.loads((own.build / "var/run/log/verdict.json").read_text())
    assert verdict["outcome"] == "passed"
    assert own.nothing_left() == []


def test_who_quits_the_debugger_first_interrupts_the_scenario(own: OwnOs) -> None:
    command = own.command("--color", "never", "run", "log", "--gdb", "KERNEL=hw")
    with terminal(command, own.build, own.environment({"TERM": "dumb"})) as user:
        user.until("(gdb) ")
        user.type("quit\n")
        user.until("Quit anyway? (y or n) ")
        user.type("y\n")
        assert user.end() == 130
        assert "gdb ended before the script did" in user.seen
        assert user.restored()
    assert own.nothing_left() == []


def test_without_a_debugger_the_package_is_named(own: OwnOs, tmp_path: Path) -> None:
    for name in ("ninja", "bash", "qemu-system-x86_64", *_tools()):
        found = shutil.which(name)
        if found:
            (tmp_path / name).symlink_to(found)
    done = subprocess.run(
        own.command("run", "log", "--gdb", "--skip-build", "KERNEL=hw"),
        cwd=own.build,
        env=own.environment({"PATH": str(tmp_path)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no debugger for this system: neither gdb nor gdb-multiarch" in done.stdout
    assert "Debian package gdb-multiarch" in done.stdout


def _tools() -> Iterator[str]:
    yield from ("sh", "ld", "gcc", "g++", "as", "ar", "objcopy", "strip", "stty")


@contextlib.contextmanager
def _held(own: OwnOs, kernel: str) -> Iterator[subprocess.Popen[str]]:
    """Have a system held for a debugger within the context."""
    run = own.start("run", "log", "--gdb", f"KERNEL={kernel}")
    try:
        yield run
    finally:
        run.kill()
        run.communicate()


def _offered(run: subprocess.Popen[str]) -> list[str]:
    """Return the command that a run without a terminal waits for."""
    assert run.stdout is not None
    deadline = time.monotonic() + 200
    said = ""
    for line in run.stdout:
        said += line
        if "the system waits for a debugger: " in line:
            return shlex.split(line.split("debugger: ", 1)[1])
        assert time.monotonic() < deadline
    raise AssertionError(f"no debugger was offered, exit status {run.wait()}: {said}")


def _gdb(own: OwnOs, command: list[str], *more: str) -> str:
    """Run the debugger in batch mode and return what it says."""
    words = [command[0], "-batch", *command[1:]]
    for one in more:
        words += ["-ex", one]
    done = subprocess.run(
        words,
        cwd=own.build,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    sys.stdout.write(done.stdout)
    return done.stdout

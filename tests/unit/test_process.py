from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from genode_tool import keeper, process
from genode_tool.errors import EnvironmentProblem
from genode_tool.terminal_child import TerminalChild
from tests.shared.waiting import LIMIT_S, await_end

# A child that starts a grandchild, prints its id, and would run far longer than any test.
FAMILY = ["/bin/sh", "-c", "sleep 300 & echo $!; wait"]


def first_line(child: subprocess.Popen[bytes]) -> bytes:
    assert child.stdout is not None
    return child.stdout.readline()


def test_run_returns_status_and_both_outputs() -> None:
    done = process.run(["/bin/sh", "-c", "cat; echo err >&2; exit 3"], input=b"in")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"in", b"err\n")
    assert done.command_line == "/bin/sh -c 'cat; echo err >&2; exit 3'"


def test_no_input_means_end_of_file_at_once() -> None:
    assert process.run(["/bin/cat"], timeout=LIMIT_S).stdout == b""


def test_environment_is_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "s")
    env = process.scrubbed_environment({"A": "b"})
    shown = process.run(["/usr/bin/env"], env=env).stdout.decode().splitlines()
    assert "A=b" in shown
    assert not [line for line in shown if line.startswith("SECRET")]


def test_missing_program_is_named() -> None:
    with pytest.raises(process.CannotStart, match=r"no-such-program: No such file") as caught:
        process.run(["no-such-program", "x"])
    assert caught.value.subject == "no-such-program"
    assert caught.value.reason == "No such file or directory"


def test_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(process.CannotStart, match=r"/nowhere: No such file"):
        process.run(["/bin/true"], cwd=tmp_path / "nowhere")


def test_timeout_ends_the_descendants_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    for timeout in (0.5, 4.0, 32.0):  # until the shell got far enough in its time
        with pytest.raises(EnvironmentProblem, match=rf"did not end within {timeout:g} s"):
            process.run(["/bin/sh", "-c", f"sleep 300 & echo $! >'{note}'; wait"], timeout=timeout)
        if note.exists() and note.read_text():
            break
    await_end(int(note.read_text()))


def test_kill_group_reaches_other_process_groups_of_the_session() -> None:
    # `set -m` puts each background job into a process group of its own, as ninja does
    child = process.spawn(
        ["/bin/bash", "-c", "set -m; sleep 300 & echo $!; wait"], stdout=subprocess.PIPE
    )
    grandchild = int(first_line(child))
    assert os.getpgid(grandchild) != child.pid
    process.kill_group(child)
    assert child.wait(LIMIT_S) == -signal.SIGKILL
    await_end(grandchild)
    child.communicate()


def test_kill_group_without_a_session_of_its_own() -> None:
    child = process.spawn(["/bin/sleep", "300"], new_session=False)
    process.kill_group(child, signal.SIGTERM)
    assert child.wait(LIMIT_S) == -signal.SIGTERM


def test_session_members_leaves_out_the_dead() -> None:
    child = process.spawn(["/bin/true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, not yet collected
    assert process.session_members(child.pid) == set()
    assert child.wait() == 0


PARENT = """
import os, subprocess, sys, threading, time
from genode_tool import process
{prelude}
child = process.spawn({family!r}, stdout=subprocess.PIPE, new_session={session})
print(os.getpid(), child.pid, child.stdout.readline().decode().strip(), flush=True)
{end}
"""


def start_parent(
    prelude: str = "", end: str = "time.sleep(300)", session: bool = True
) -> subprocess.Popen[bytes]:
    script = PARENT.format(prelude=prelude, end=end, family=FAMILY, session=session)
    root = Path(process.__file__).parents[1]
    env = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=env)


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_children_and_grandchildren_die_with_a_killed_parent(signum: int) -> None:
    parent = start_parent()
    _, child, grandchild = map(int, first_line(parent).split())
    parent.send_signal(signum)
    parent.communicate()
    await_end(child)
    await_end(grandchild)


def test_children_die_with_a_parent_that_just_leaves() -> None:
    parent = start_parent(end="os._exit(0)")
    _, child, grandchild = map(int, first_line(parent).split())
    parent.communicate()
    await_end(child)
    await_end(grandchild)


def test_a_child_in_our_session_dies_with_us_too() -> None:
    parent = start_parent(session=False)
    _, child, grandchild = map(int, first_line(parent).split())
    parent.kill()
    parent.communicate()
    await_end(child)
    os.kill(grandchild, signal.SIGKILL)


def test_a_killed_keeper_is_replaced() -> None:
    prelude = (
        "process.run(['/bin/true'])\n"
        "from genode_tool.keeper import keeper\n"
        "keeper = keeper()._process\n"
        "keeper.kill(); keeper.wait()"
    )
    parent = start_parent(prelude)
    _, child, grandchild = map(int, first_line(parent).split())
    parent.kill()
    parent.communicate()
    await_end(child)
    await_end(grandchild)


# Kills as kill(1) does, but lets the member have a child first, so late that the look around that
# is under way does not find it.
_LATE_FORK = """
kill() {
  [ -e "$1.done" ] || { : >"$1.done"; echo go >"$1"; read -r born <"$1.born"; }
  command kill "$2" "$3"
}
"""


def test_the_keeper_looks_again_for_members_that_were_forked_meanwhile(tmp_path: Path) -> None:
    go, born, note = tmp_path / "go", tmp_path / "go.born", tmp_path / "pid"
    os.mkfifo(go)
    os.mkfifo(born)
    member = subprocess.Popen(
        ["/bin/sh", "-c", f"read x <{go}; sleep 300 & echo $! >{note}; echo 1 >{born}; wait"],
        start_new_session=True,
    )
    script = _LATE_FORK.replace("$1", str(go)).replace("$2", "$1").replace("$3", "$2")
    subprocess.run(
        ["/bin/sh", "-c", script + keeper._KEEPER],
        input=keeper.announcement(member.pid),
        check=False,
        timeout=LIMIT_S,
    )
    assert member.wait(LIMIT_S) == -signal.SIGKILL
    late = int(note.read_text())
    try:
        await_end(late)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(late, signal.SIGKILL)


def test_a_child_outlives_the_thread_that_started_it() -> None:
    children: list[process.Child] = []
    thread = threading.Thread(target=lambda: children.append(process.spawn(["/bin/sleep", "300"])))
    thread.start()
    thread.join()
    time.sleep(0.1)
    assert children[0].poll() is None
    process.kill_group(children[0])
    assert children[0].wait(LIMIT_S) == -signal.SIGKILL


def printed(child: TerminalChild) -> str:
    """Return what a program on a terminal prints until its end."""
    text = b""
    with contextlib.suppress(EOFError):
        while True:
            text += child.read()
    return text.decode()


def test_a_program_on_a_terminal_has_the_name_and_the_directory_that_were_given(
    tmp_path: Path,
) -> None:
    script = tmp_path / "a program"
    script.write_text('#!/bin/sh\necho "$0"; pwd; tty >/dev/null && echo tty; stty size; exit 3\n')
    script.chmod(0o755)
    child = process.spawn_on_terminal(["./a program"], cwd=tmp_path)
    assert printed(child) == f"./a program\r\n{tmp_path}\r\ntty\r\n0 0\r\n"
    assert child.ended(LIMIT_S)
    assert child.returncode == 3


def test_the_first_word_reaches_the_program_as_it_was_given() -> None:
    child = process.spawn_on_terminal(["sh", "-c", "nosuch"])
    assert re.fullmatch(r"sh: (1: )?(line 1: )?nosuch: (command )?not found\r\n", printed(child))


def test_only_a_controlling_terminal_turns_keys_into_signals() -> None:
    command = ["sh", "-c", "trap 'echo interrupted; exit 4' INT; echo up; read x; echo $x"]
    for controlling, end, status in ((True, b"^Cinterrupted\r\n", 4), (False, b"^C\r\n\r\n", 0)):
        child = process.spawn_on_terminal(command, controlling=controlling)
        assert child.read() == b"up\r\n"
        child.write(b"\x03" if controlling else b"\x03\n")
        assert printed(child).encode() == end
        assert child.ended(LIMIT_S)
        assert child.returncode == status


def test_a_program_on_a_terminal_does_not_inherit_what_python_ignores() -> None:
    child = process.spawn_on_terminal(["sh", "-c", "kill -PIPE $$; sleep 20"])
    assert child.ended(LIMIT_S)
    assert child.returncode == -signal.SIGPIPE


def test_a_program_for_a_terminal_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    text.chmod(0o755)
    with pytest.raises(process.CannotStart, match=r"`no-such-program x`: no-such-program: No such"):
        process.spawn_on_terminal(["no-such-program", "x"])
    with pytest.raises(process.CannotStart, match=r"text: Exec format error$"):
        process.spawn_on_terminal([str(text)])
    with pytest.raises(process.CannotStart, match=r"/nowhere: No such file"):
        process.spawn_on_terminal(["true"], cwd=tmp_path / "nowhere")


def test_the_keeper_knows_a_program_on_a_terminal_before_it_runs(tmp_path: Path) -> None:
    # setwinsize is the first that ptyprocess does once the program runs
    note = tmp_path / "pid"
    script = (
        "import os, signal\n"
        "from genode_tool import process, terminal_child\n"
        "def die(*rest): os.kill(os.getpid(), signal.SIGKILL)\n"
        "terminal_child.TerminalChild.setwinsize = die\n"
        "process.spawn_on_terminal(['sh', '-c', "  # none that is hung up by our end
        f"'echo $$ >{note}.new; mv {note}.new {note}; sleep 300'], controlling=False)\n"
    )
    env = os.environ | {"PYTHONPATH": str(Path(process.__file__).parents[1])}
    parent = subprocess.run([sys.executable, "-c", script], env=env, check=False, timeout=LIMIT_S)
    assert parent.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 5
    while not note.exists() and time.monotonic() < deadline:  # or it is dead already
        time.sleep(0.01)
    if note.exists():
        await_end(int(note.read_text()))


def test_a_killed_keeper_is_replaced_before_a_program_on_a_terminal_starts() -> None:
    former = keeper.keeper()._process
    former.kill()
    former.wait()
    child = process.spawn_on_terminal(["sleep", "300"])
    assert keeper.keeper()._process.poll() is None
    assert keeper.keeper()._process is not former
    process.kill_session(child.pid)
    assert child.ended(20)


def test_a_program_on_a_terminal_is_gone_after_its_session_was_killed() -> None:
    child = process.spawn_on_terminal(["sh", "-c", "trap '' HUP; sleep 300 & echo $!; wait"])
    grandchild = int(child.read())
    assert process.kill_session(child.pid)
    assert child.ended(LIMIT_S)
    assert child.returncode == -signal.SIGKILL
    await_end(grandchild)
    assert not process.kill_session(child.pid)

"""Copies of the process: what they hand back, and the threads that rest meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from genode_tool.fork import fork, leave_alone, pause_for_forks, start_copy
from genode_tool.process import session_members
from genode_tool.run.tcl.interpreter import Interpreter
from tests.shared.waiting import until


class Worker:
    """A thread that can be paused."""

    def __init__(self) -> None:
        self.started = 0
        self.resume()

    def resume(self) -> None:
        self.started += 1
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._end.wait, daemon=True)
        self._thread.start()

    def pause(self) -> None:
        self._end.set()
        self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()


def test_what_a_copy_works_out_is_handed_back() -> None:
    assert fork(lambda: b"x" * 3_000_000).result(60) == b"x" * 3_000_000
    assert fork(lambda: bytes(1 // 0)).result(60) is None


def test_a_pausable_thread_rests_while_the_process_is_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker()
    seen: list[bool] = []
    real = os.fork

    def watched() -> int:
        seen.append(worker.alive)
        return real()

    monkeypatch.setattr(os, "fork", watched)
    pause_for_forks(worker)
    try:
        assert fork(lambda: b"done").result(60) == b"done"
        assert (seen, worker.alive, worker.started) == ([False], True, 2)
    finally:
        leave_alone(worker)
    fork(lambda: b"").result(60)
    assert (seen, worker.started) == ([False, True], 2)
    leave_alone(worker)
    worker.pause()


def test_a_thread_resumes_when_there_is_no_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refused)
    worker = Worker()
    pause_for_forks(worker)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(BlockingIOError):
        fork(lambda: b"")
    assert (worker.alive, worker.started) == (True, 2)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    leave_alone(worker)
    worker.pause()


def test_a_script_that_is_evaluated_is_no_thread_while_the_process_is_copied() -> None:
    tcl = Interpreter()
    threads: list[int] = []

    def copy() -> None:
        before = len(list(Path("/proc/self/task").iterdir()))
        fork(lambda: b"").result(60)
        threads.extend((before, len(list(Path("/proc/self/task").iterdir()))))

    tcl.register("copy", copy)
    tcl.run("copy")
    assert threads[0] == threads[1]

    def interrupted() -> None:
        fork(lambda: b"").result(60)
        signal.raise_signal(signal.SIGINT)

    tcl.register("interrupted", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tcl.run("interrupted\nwhile 1 {}")


def test_a_copy_that_goes_on_by_itself() -> None:
    copy = start_copy(lambda: 7)
    assert copy.wait(60) == 7
    assert copy.poll() == 7
    copy.interrupt()  # too late, and no harm


def test_a_copy_is_interrupted_like_a_program() -> None:
    reader, writer = os.pipe()

    def work() -> int:
        os.write(writer, b"at work")
        time.sleep(600)
        return 0

    copy = start_copy(work, keep=(writer,))
    assert os.read(reader, 100) == b"at work"
    assert copy.wait(0) is None
    copy.interrupt()
    assert copy.wait(60) == 130
    os.close(writer)
    assert os.read(reader, 100) == b""  # nobody else has the other end
    os.close(reader)


def test_a_copy_has_no_files_and_no_terminal_of_the_original(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    reader, writer = os.pipe()
    with (tmp_path / "secret").open() as file:

        def work() -> int:
            leads = b"%d" % (os.getsid(0) == os.getpid())
            os.write(writer, b"|".join((os.read(file.fileno(), 10), os.read(0, 10), leads)))
            return 0

        assert start_copy(work, keep=(writer,)).wait(60) == 0
    assert os.read(reader, 100) == b"||1"
    os.close(reader)
    os.close(writer)


_DIES = """
import os, sys, time
sys.path.insert(0, {top!r})
from genode_tool.fork import start_copy
sys.stdout.write("once ")
def work():
    sys.stdout.write("copy ")
    sys.stdout.flush()
    time.sleep(600)
copy = start_copy(work)
print(copy.pid, flush=True)
time.sleep(600)
"""


def test_a_copy_dies_with_the_original_and_prints_nothing_twice(tmp_path: Path) -> None:
    top = Path(__file__).parents[2]
    with (tmp_path / "out").open("w") as out:
        child = subprocess.Popen([sys.executable, "-c", _DIES.format(top=str(top))], stdout=out)
    said = tmp_path / "out"
    until(lambda: len(said.read_text().split()) == 3, "the words of both")
    once, *others = said.read_text().split()
    pid = int(next(one for one in others if one != "copy"))
    assert once == "once"
    child.kill()
    child.wait()
    until(lambda: not session_members(pid), "the end of the copy")


def test_an_error_in_a_copy_is_printed() -> None:
    top = str(Path(__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {top!r})\nfrom genode_tool.fork import start_copy\n"
    code += "sys.exit(start_copy(lambda: 1 // 0).wait(60))"
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert b"ZeroDivisionError" in done.stderr

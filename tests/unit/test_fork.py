"""Copies of the process: what they hand back, and the threads that rest meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from genode_tool.fork import fork, leave_alone, pause_for_forks
from genode_tool.run.tcl.interpreter import Interpreter


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

"""One holder at a time, also between processes, and no lock outlives its process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Event
from genode_tool.locks import NOTE_BYTES, StillLocked, WaitingForLock, acquire, locked

ROOT = Path(__file__).resolve().parents[2]

_HOLDER = """
import sys
from pathlib import Path
from genode_tool.deadline import Deadline
from genode_tool.locks import locked
with locked(Path(sys.argv[1]), "it", Deadline()) as lock:
    lock.note(4711)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == b"held\n"
        yield process
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(60)


def test_two_processes_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "new/lock"
    events: list[Event] = []
    with holder(path) as other:

        def let_go(event: Event) -> None:
            events.append(event)
            assert other.stdin is not None
            other.stdin.close()

        with locked(path, "it", Deadline.after(60), let_go) as lock:
            assert other.wait(60) == 0
            assert lock.previous_session == 4711
    text = f"waiting: it is in use by process {other.pid}"
    assert events == [WaitingForLock(text, owner=other.pid)]


def test_a_deadline_ends_the_wait_and_names_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as other, pytest.raises(StillLocked) as caught:
        acquire(path, "it", Deadline.after(0.05))
    assert caught.value.owner == other.pid
    assert str(caught.value) == f"it is still in use by process {other.pid}"
    assert isinstance(caught.value, EnvironmentProblem)


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as other:
        other.kill()
        other.wait(60)
        with locked(path, "it", Deadline.after(0)) as lock:
            assert lock.previous_session == 4711
            assert path.read_bytes() == f"process {os.getpid()}".encode().ljust(31) + b"\n"


def test_only_one_of_many_threads_is_inside(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def enter() -> None:
        with locked(tmp_path / "lock", "it", Deadline.after(60)):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_a_file_that_the_holder_renamed_is_not_the_lock_any_more(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = acquire(path, "it", Deadline())
    waiting = threading.Event()
    second: list[int] = []

    def wait() -> None:
        lock = acquire(path, "it", Deadline.after(60), lambda _event: waiting.set())
        second.append(os.fstat(lock.descriptor).st_ino)
        lock.release()

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(60)
    path.rename(tmp_path / "complete")
    first.release()
    thread.join()
    assert second == [path.stat().st_ino]
    assert (tmp_path / "complete").stat().st_ino != second[0]


def test_content_that_is_locked_itself_stays(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"process 1 session 2" + b" " * NOTE_BYTES)
    lock = acquire(path, "it", Deadline(), noted=False)
    assert lock.previous_session == 0
    lock.release()
    assert path.read_bytes() == b"process 1 session 2" + b" " * NOTE_BYTES


def test_a_place_that_cannot_be_written_has_the_callers_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot write") as caught:
        acquire(tmp_path / "file/lock", "it", Deadline(), hint="choose another")
    assert caught.value.hint == "choose another"

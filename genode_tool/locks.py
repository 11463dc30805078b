"""Locks between processes: flock(2) on a file, so that a killed process leaves none behind.

The first 32 bytes of the file are a note that says who holds the lock: `process PID`, and the
session of the child processes that may outlive it. A wait has a deadline and is reported once.
The launcher uses this module before any package is installed: standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Note, Sink, discard
from genode_tool.files import cannot_write
from genode_tool.record import record
from genode_tool.regex import regex

NOTE_BYTES = 32

_POLL_SECONDS = 0.1
_NOTE = regex(rb"process (\d+)(?: session (\d+))? *\n")


@record
class WaitingForLock(Note):
    """Another process has what is needed; `owner` is its id, 0 when unknown."""

    owner: int = 0


class StillLocked(EnvironmentProblem):
    """A lock was not free by the deadline; `owner` is the process that holds it, 0 if unknown."""

    def __init__(self, subject: str, owner: int) -> None:
        super().__init__(
            f"{subject} is still in use by {_process(owner)}",
            hint="wait until it ends, or end it",
        )
        self.owner = owner


@record
class Lock:
    """A held lock on the file `path`, which is open for reading and writing at `descriptor`.

    `previous_session` is what the former holder noted last, 0 for none.
    """

    path: Path
    descriptor: int
    previous_session: int = 0

    def note(self, session: int = 0) -> None:
        """Write who holds the lock, with the session that child processes run in (0: none)."""
        text = f"process {os.getpid()}" + (f" session {session}" if session else "")
        with contextlib.suppress(OSError):  # a full disk: the lock holds without its note, too
            os.pwrite(self.descriptor, text.encode().ljust(NOTE_BYTES - 1) + b"\n", 0)

    def release(self) -> None:
        """Give up the lock; the file stays."""
        os.close(self.descriptor)


def acquire(
    path: Path,
    subject: str,
    deadline: Deadline,
    sink: Sink = discard,
    *,
    noted: bool = True,
    hint: str = "",
) -> Lock:
    """Return the lock on the file `path`, which is created.

    `subject` names what is locked for messages. `sink` hears a `WaitingForLock` when another
    process has it. Without `noted`, the file's content is left alone: it is what is locked. The
    former holder may have removed or renamed the file; then its successor is locked.

    Raises `StillLocked` at the deadline, and `EnvironmentProblem` with `hint` when the file
    cannot be written.
    """
    while True:
        descriptor = _open(path, hint)
        try:
            if _wait(descriptor, subject, deadline, sink, noted=noted):
                sink = discard  # once is enough
            if _is_at(descriptor, path):
                session = _read_note(descriptor)[1] if noted else 0
                lock = Lock(path, descriptor, session)
                if noted:
                    lock.note()
                return lock
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


@contextlib.contextmanager
def locked(
    path: Path, subject: str, deadline: Deadline, sink: Sink = discard, *, hint: str = ""
) -> Iterator[Lock]:
    """Hold the lock on the file `path`; arguments and errors as for `acquire`."""
    lock = acquire(path, subject, deadline, sink, hint=hint)
    try:
        yield lock
    finally:
        lock.release()


def _open(path: Path, hint: str) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise cannot_write(path, error, hint) from error


def _wait(descriptor: int, subject: str, deadline: Deadline, sink: Sink, *, noted: bool) -> bool:
    """Lock the open file; return whether that took waiting. Raises `StillLocked`."""
    waited = False
    while not _try(descriptor):
        owner = _read_note(descriptor)[0] if noted else 0
        if deadline.expired:
            raise StillLocked(subject, owner)
        if not waited:
            text = f"waiting: {subject} is in use by {_process(owner)}"
            sink(WaitingForLock(text, owner=owner))
            waited = True
        time.sleep(deadline.bounded(_POLL_SECONDS))
    return waited


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_note(descriptor: int) -> tuple[int, int]:
    """Return the process that holds or held the lock and its session, 0 for what is unknown."""
    with contextlib.suppress(OSError):
        if found := _NOTE.match(os.pread(descriptor, NOTE_BYTES, 0)):
            return int(found[1]), int(found[2] or 0)
    return 0, 0


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether the open file is the one at `path`."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _process(owner: int) -> str:
    return f"process {owner}" if owner else "another process"

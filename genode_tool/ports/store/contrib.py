"""The contrib directory: one lock and one log per port, unfinished work, and the final rename.

`contrib/NAME-HASH` appears as a whole: it is made as `NAME-HASH.incomplete` and renamed. Beside
the ports, `contrib/var` holds the logs and the lists of finished steps.

The lock is flock(2) on the log. Every command of a port writes to the log and so holds the same
open file: what outlives a killed call keeps the lock until it is gone, too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.store.journal import Journal, remove_tree

_POLL_SECONDS = 0.1
_HEAD = 32


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one version of a port. `log` is open for writing at `descriptor`."""

    path: Path
    log: Path
    descriptor: int

    @property
    def incomplete(self) -> Path:
        """Where the port is made."""
        return self.path.with_name(f"{self.path.name}.incomplete")

    @property
    def complete(self) -> bool:
        """Whether the port is there."""
        return self.path.is_dir()

    def journal(self) -> Journal:
        """Return the list of finished steps."""
        return Journal(self.log.with_name(_steps(self.path)), self.incomplete)

    def publish(self, journal: Journal) -> None:
        """Let the finished work appear at `path`, in place of what is there."""
        old = self.path.with_name(f"{self.path.name}.old")
        if self.path.exists():
            if old.exists():
                remove_tree(old)
            self.path.rename(old)
        self.incomplete.rename(self.path)
        journal.remove()
        if old.exists():
            remove_tree(old)


class Store:
    """The contrib directory at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._var = path / "var"

    def log_of(self, name: str) -> Path:
        """Return the log of the port `name`."""
        return self._var / f"{name}.log"

    def journal_of(self, path: Path) -> Path:
        """Return the list of finished steps of the port directory `path`."""
        return self._var / _steps(path)

    @contextlib.contextmanager
    def locked(
        self, name: str, path: Path, waiting: Callable[[int], None], seconds: float
    ) -> Iterator[Slot]:
        """Hold the lock of port `name` for work on `path`; the log starts anew.

        Waits up to `seconds` for another process; `waiting` is told its id, once. Raises
        `EnvironmentProblem` when that takes longer or the directory cannot be written.
        """
        log = self.log_of(name)
        deadline = time.monotonic() + seconds
        while True:
            descriptor = self._open(log)
            try:
                self._acquire(descriptor, log, waiting, deadline)
                if _is_at(descriptor, log):  # who held it before may have removed the file
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, f"process {os.getpid()}".encode().ljust(_HEAD - 1) + b"\n")
                    yield Slot(path, log, descriptor)
                    return
            finally:
                os.close(descriptor)

    def _open(self, log: Path) -> int:
        try:
            self._var.mkdir(parents=True, exist_ok=True)
            # Not appending: the head is written over; the commands share our position.
            return os.open(log, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise EnvironmentProblem(
                f"cannot write {log}: {error.strerror}",
                hint="CONTRIB_DIR=DIR names another place for ports",
            ) from error

    def _acquire(
        self, descriptor: int, log: Path, waiting: Callable[[int], None], deadline: float
    ) -> None:
        told = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = _owner(descriptor)
                if time.monotonic() > deadline:
                    raise EnvironmentProblem(
                        f"process {owner or 'unknown'} still holds {log}",
                        hint="wait for it, or end it",
                    ) from None
                if not told:
                    waiting(owner)
                    told = True
                time.sleep(_POLL_SECONDS)
            else:
                return


def _steps(path: Path) -> str:
    return f"{path.name}.steps"


def _owner(descriptor: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(os.pread(descriptor, _HEAD, 0).split()[1])
    return 0


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether the open file is the one at `path`."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False

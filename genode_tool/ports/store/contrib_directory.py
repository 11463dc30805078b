"""The contrib directory: one lock and one log per port, unfinished work, and the final rename.

`contrib/NAME-HASH` appears as a whole: it is made as `NAME-HASH.incomplete` and renamed. Beside
the ports, `contrib/var` holds the logs and the lists of finished steps.

The log is what is locked. Every command of a port writes to the log and so holds the same
open file: what outlives a killed call keeps the lock until it is gone, too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.events import Sink
from genode_tool.files import remove_tree
from genode_tool.locks import NOTE_BYTES, locked
from genode_tool.ports.store.journal import Journal


@dataclass(frozen=True, slots=True)
class ContribSlot:
    """The place of one version of a port. `log` is open for writing at `descriptor`."""

    path: Path
    log: Path
    descriptor: int

    @property
    def incomplete(self) -> Path:
        """The directory in which the port is prepared."""
        return self.path.with_name(f"{self.path.name}.incomplete")

    @property
    def complete(self) -> bool:
        """True if the port is prepared."""
        return self.path.is_dir()

    def journal(self) -> Journal:
        """Return the list of finished steps."""
        return Journal(self.log.with_name(_steps(self.path)), self.incomplete)

    def publish(self, journal: Journal) -> None:
        """Move the finished work to `path`, replacing what is there."""
        old = self.path.with_name(f"{self.path.name}.old")
        # A directory cannot be renamed onto another one that is not empty.
        if self.path.exists():
            if old.exists():
                remove_tree(old)
            self.path.rename(old)
        self.incomplete.rename(self.path)
        journal.remove()
        if old.exists():
            remove_tree(old)


class ContribDirectory:
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
    def locked(self, name: str, path: Path, sink: Sink, seconds: float) -> Iterator[ContribSlot]:
        """Hold the lock of port `name` for work on `path`; the log starts anew.

        Waits up to `seconds` for another process, with an event. Raises `EnvironmentProblem`
        when that takes longer or the directory cannot be written.
        """
        log = self.log_of(name)
        deadline = Deadline.after(seconds)
        hint = "choose another directory for ports with CONTRIB_DIR=DIR"
        with locked(log, f"port `{name}`", deadline, sink, hint=hint) as lock:
            os.ftruncate(lock.descriptor, NOTE_BYTES)
            os.lseek(lock.descriptor, 0, os.SEEK_END)  # the port's commands share our position
            yield ContribSlot(path, log, lock.descriptor)


def _steps(path: Path) -> str:
    return f"{path.name}.steps"

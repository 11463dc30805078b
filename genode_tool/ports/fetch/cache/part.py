"""A download that is not complete yet: `NAME.part`, and beside it where it came from.

The file is locked (flock(2)) by the process that fills it, so that two processes that want the
same source download it once; the lock ends with the process. What was received stays for the
next call, which asks the server for the rest.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.files import write_atomically
from genode_tool.ports.fetch.cache.hashes import CHUNK, Hashes
from genode_tool.ports.fetch.problems import disk_problem, megabytes, shown
from genode_tool.ports.fetch.source import Digest

_BETWEEN_LOOKS = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the bytes so far came from; `validator` is an ETag or Last-Modified value."""

    url: str = ""
    validator: str = ""


class Part:
    """The locked, half-filled file `path`. A context manager; leaving it gives up the lock."""

    def __init__(
        self,
        path: Path,
        digest: Digest | None,
        deadline: Deadline,
        waiting: Callable[[], None],
    ) -> None:
        self.path = path
        self.provenance = Provenance()
        self.resumed = False
        self.total: int | None = None
        self._digest = digest
        self._beside = path.with_name(path.name + ".from")
        self._fd = self._locked(deadline, waiting)
        self.offset = os.fstat(self._fd).st_size
        self.hashes = Hashes(digest)
        self._hashed = False
        if self.offset:
            self.provenance = self._read_provenance()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give up the lock; an empty part is removed."""
        if self._fd >= 0:
            if not self.offset:
                self.discard()
            else:
                os.close(self._fd)
                self._fd = -1

    def begin(self, url: str) -> None:
        """Prepare for bytes from `url`: what came from elsewhere is dropped."""
        if self.offset and self.provenance.url != shown(url):
            self.restart()
        self.resumed = self.offset > 0
        if self.resumed and not self._hashed:
            self._rehash()
        self._hashed = True

    def expect(self, provenance: Provenance, total: int | None) -> None:
        """Note the sender, before the first byte, and check that `total` bytes fit on the disk.

        Raises `EnvironmentProblem` when they do not.
        """
        self.total = total
        if total is not None:
            status = os.statvfs(self.path.parent)
            free = status.f_bavail * status.f_frsize
            if total - self.offset > free:
                raise EnvironmentProblem(
                    f"{shown(provenance.url)} is {megabytes(total)} long, but the file system of "
                    f"{self.path.parent} has {megabytes(free)} left",
                    hint="free some space and call again",
                )
        provenance = replace(provenance, url=shown(provenance.url))
        if provenance != self.provenance:
            self.provenance = provenance
            text = json.dumps({"url": provenance.url, "validator": provenance.validator})
            try:
                write_atomically(self._beside, text)
            except EnvironmentProblem:
                self.restart()  # give the space back
                raise

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`. Raises `EnvironmentProblem` when the disk does not take it."""
        self.hashes.update(data)
        view = memoryview(data)
        try:
            while view:
                count = os.write(self._fd, view)
                self.offset += count
                view = view[count:]
        except OSError as error:
            raise self._disk_problem(error) from error

    def restart(self) -> None:
        """Drop what was received."""
        os.ftruncate(self._fd, 0)
        os.lseek(self._fd, 0, os.SEEK_SET)
        self.offset = 0
        self.resumed = False
        self.hashes = Hashes(self._digest)
        self._hashed = True

    def beginning(self, count: int) -> bytes:
        """Return up to `count` bytes of the beginning."""
        return os.pread(self._fd, count, 0)

    def keep(self, path: Path) -> None:
        """Rename the complete file to `path`."""
        self._beside.unlink(missing_ok=True)
        self.path.rename(path)
        os.close(self._fd)
        self._fd = -1

    def discard(self) -> None:
        """Remove it."""
        self._beside.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = -1

    def _disk_problem(self, error: OSError) -> EnvironmentProblem:
        problem = disk_problem(error, self.path)
        self.restart()  # give the space back
        return problem

    def _rehash(self) -> None:
        self.hashes = Hashes(self._digest)
        at = 0
        while data := os.pread(self._fd, CHUNK, at):
            self.hashes.update(data)
            at += len(data)
        os.lseek(self._fd, at, os.SEEK_SET)
        self.offset = at

    def _read_provenance(self) -> Provenance:
        try:
            found = json.loads(self._beside.read_text())
            return Provenance(str(found["url"]), str(found["validator"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Provenance()

    def _locked(self, deadline: Deadline, waiting: Callable[[], None]) -> int:
        """Open and lock the file; the name may pass to another file while we wait."""
        told = False
        while True:
            try:
                fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except OSError as error:
                raise disk_problem(error, self.path) from error
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._named(fd):
                    return fd
            except BlockingIOError:
                if not told:
                    waiting()
                    told = True
                if deadline.expired:
                    os.close(fd)
                    raise EnvironmentProblem(
                        f"another process is still downloading {self.path}",
                        hint="wait for it to end, or end it",
                    ) from None
                time.sleep(_BETWEEN_LOOKS)
            os.close(fd)

    def _named(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self.path.stat())
        except FileNotFoundError:
            return False

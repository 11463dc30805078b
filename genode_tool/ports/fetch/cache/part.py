"""An incomplete download: `NAME.part`, and beside it a record of its origin.

The file is locked by the process that fills it, so that two processes that want the same source
download it once; the lock ends with the process. What was received stays for the
next call, which asks the server for the rest.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Sink
from genode_tool.files import write_atomically
from genode_tool.locks import Lock, acquire
from genode_tool.ports.fetch.cache.hashes import CHUNK, Hashes
from genode_tool.ports.fetch.problems import disk_problem, megabytes, without_password
from genode_tool.ports.fetch.source import Digest


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of the bytes so far; `validator` is an ETag or Last-Modified value."""

    url: str = ""
    validator: str = ""


class PartialDownload:
    """The locked, half-filled file `path`. A context manager; leaving it gives up the lock."""

    def __init__(
        self,
        path: Path,
        digest: Digest | None,
        deadline: Deadline,
        sink: Sink,
        source: str,
    ) -> None:
        self.path = path
        self.provenance = Provenance()
        self.resumed = False
        self.total: int | None = None
        self._digest = digest
        self._beside = path.with_name(path.name + ".from")
        # Not noted: what is locked is the content itself.
        self._lock: Lock | None = acquire(
            path, f"the download of {source}", deadline, sink, noted=False
        )
        self._fd = self._lock.descriptor
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
        if self._lock is not None:
            if not self.offset:
                self.discard()
            else:
                self._release()

    def begin(self, url: str) -> None:
        """Prepare for bytes from `url`: what came from elsewhere is dropped."""
        if self.offset and self.provenance.url != without_password(url):
            self.restart()
        self.resumed = self.offset > 0
        # The part of an earlier call has to be read once; from then on `write` hashes what it adds.
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
                    f"{without_password(provenance.url)} has {megabytes(total)}, but the file "
                    f"system of {self.path.parent} has only {megabytes(free)} left",
                    hint="free some space and run the command again",
                )
        provenance = replace(provenance, url=without_password(provenance.url))
        if provenance != self.provenance:
            self.provenance = provenance
            # Written before the first byte: a part without its origin could not be continued.
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
        self._release()

    def discard(self) -> None:
        """Remove it."""
        self._beside.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

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

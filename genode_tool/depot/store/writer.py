"""Putting archives into a depot: as a whole, beside what is there, under a lock.

A killed call leaves hidden directories behind, which are no archives; the next call on the same
archive removes them. The hash file comes first, so that an archive that is there has one.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path

from genode_tool.building.lock import let_steps_end
from genode_tool.building.memory.store import STATE
from genode_tool.deadline import Deadline
from genode_tool.depot.archive.name import Archive
from genode_tool.depot.store.depot import Depot
from genode_tool.events import Sink, discard
from genode_tool.files import cannot_write, remove_tree, write_atomically
from genode_tool.locks import Lock, locked

_LOCK_SECONDS = 4 * 3600.0
_HINT = "choose another depot with DEPOT_DIR=DIR"
_serial = itertools.count()


class DepotWriter:
    """Adds archives to a depot. Hold the lock while doing so."""

    def __init__(self, depot: Depot) -> None:
        self.depot = depot

    @contextlib.contextmanager
    def locked(self, sink: Sink = discard) -> Iterator[Lock]:
        """Wait for other calls on this depot, and for steps of a killed one; keep others waiting.

        Raises `EnvironmentProblem` when the depot cannot be written.
        """
        path = self.depot.path / STATE / "lock"
        deadline = Deadline.after(_LOCK_SECONDS)
        with locked(path, f"the depot {self.depot.path}", deadline, sink, hint=_HINT) as lock:
            let_steps_end(lock.previous_session)
            yield lock

    def new_directory(self, archive: Archive) -> Path:
        """Return a new directory in which to make an archive.

        What killed calls left there is removed. Raises `EnvironmentProblem`.
        """
        family = self.depot.path / archive.family
        path = family / f".{archive.name}.{os.getpid()}.{next(_serial)}.part"
        try:
            family.mkdir(parents=True, exist_ok=True)
            self.clean(archive)
            path.mkdir()
        except OSError as error:
            raise cannot_write(path, error, _HINT) from error
        return path

    def clean(self, archive: Archive) -> None:
        """Remove what killed calls left beside the versions of an archive. Raises `OSError`."""
        with os.scandir(self.depot.path / archive.family) as entries:
            left = [one for one in entries if _is_left_behind(one.name)]
        for one in left:
            if one.is_dir(follow_symlinks=False):
                remove_tree(Path(one.path))
            else:
                os.unlink(one.path)  # noqa: PTH108

    def take_away(self, archive: Archive, path: Path) -> None:
        """Remove a directory beside the versions of an archive, if it is there. Raises `OSError`.

        It is gone as a whole at once: when the call is killed, the next one removes the rest.
        """
        gone = path.with_name(f".{archive.name}.{os.getpid()}.{next(_serial)}.old")
        with contextlib.suppress(FileNotFoundError):
            path.rename(gone)
            remove_tree(gone)

    def add(self, made: Path, archive: Archive, digest: str, record: dict[str, object]) -> None:
        """Put the directory `made`, from `new_directory`, into its place.

        `digest` is for the hash file ("": none), `record` for ours. What is there under the same
        version is replaced. Raises `EnvironmentProblem`.
        """
        place = self.depot.place(archive)
        old = place.with_name(f".{archive.version}.{os.getpid()}.{next(_serial)}.old")
        replaced = place.exists()
        # As long as there is no archive, nobody reads what is beside it.
        write = write_atomically if replaced else Path.write_text
        try:
            write(self.depot.record_file(archive), json.dumps(record) + "\n")
            if digest:
                write(self.depot.hash_file(archive), f"{digest}\n")
            if replaced:  # a directory cannot be renamed onto one that is not empty
                place.rename(old)
            made.rename(place)
            if replaced:
                remove_tree(old)
        except OSError as error:
            raise cannot_write(place, error, _HINT) from error

    def add_hash(self, archive: Archive, digest: str) -> None:
        """Write the hash file of an archive that is there. Raises `EnvironmentProblem`."""
        write_atomically(self.depot.hash_file(archive), f"{digest}\n")

    def remove(self, archive: Archive) -> None:
        """Remove an archive with what is noted of it. Raises `EnvironmentProblem`.

        It is gone as a whole at once, also when the call is killed.
        """
        place = self.depot.place(archive)
        old = place.with_name(f".{archive.version}.{os.getpid()}.{next(_serial)}.old")
        try:
            place.rename(old)
            remove_tree(old)
            for file in (self.depot.hash_file(archive), self.depot.record_file(archive)):
                file.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(place, error) from error
        self.forget_empty(archive)

    def forget_empty(self, archive: Archive) -> None:
        """Remove the directories of an archive that is in the depot in no version."""
        place = self.depot.path / archive.family
        with contextlib.suppress(OSError):
            while place != self.depot.path:
                place.rmdir()
                place = place.parent


def _is_left_behind(name: str) -> bool:
    """Return whether something in the directory of an archive is what a killed call left."""
    return name.startswith(".") and name.endswith((".part", ".old"))

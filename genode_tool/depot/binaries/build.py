"""Building binary archives: each in a build directory of its own, put into the depot as a whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genode_tool.building.events import (
    BuildStepFailed,
    BuildStepFinished,
    ProblemsFound,
)
from genode_tool.building.memory.observation import Observation
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.scope import EvaluationScope
from genode_tool.depot.archive.closure import Closure, closure_of
from genode_tool.depot.archive.content import content_hash
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.binaries.build_directory import create
from genode_tool.depot.binaries.build_record import (
    compiler_of,
    rules_digest,
    same_compiler,
    settings_of,
)
from genode_tool.depot.binaries.observations import observations_of
from genode_tool.depot.events import (
    ArchiveFinished,
    ArchiveOutcome,
    ArchivesFinished,
    ArchiveStarted,
)
from genode_tool.depot.store.depot import Depot
from genode_tool.depot.store.ingredients import ingredient_hashes, ingredients
from genode_tool.depot.store.record import read_record
from genode_tool.depot.store.writer import DepotWriter
from genode_tool.errors import BuildFailed, GenodeError, UserError
from genode_tool.events import Event, Note, Sink, Warned, discard
from genode_tool.files import cannot_write, remove_tree
from genode_tool.locks import Lock
from genode_tool.tree import BuildDirectory

if TYPE_CHECKING:
    from genode_tool.building.combined import Part, PartResult

_FORMAT = 2
_UNFINISHED = ".unfinished"
"""The file in a build directory that is to be removed at the end of the call."""
_SHOWN = (BuildStepFinished, BuildStepFailed, ProblemsFound, Note, Warned)


@dataclass(frozen=True, slots=True)
class BinaryOptions:
    """Options of a call. `overrides` are variables of the build, such as CROSS_DEV_PREFIX.

    `tools` is the `tools.conf` to build with. `rebuild` builds what is there, too. `debug_info`
    makes dbg archives. `keep` leaves the build directories, `VERSION.build`.
    """

    tools: Path
    overrides: Mapping[str, str] = field(default_factory=dict)
    jobs: int | None = None
    rebuild: bool = False
    debug_info: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class _Buildable:
    """The references of a depot; sources without `used_apis` are documents and build nothing."""

    depot: Depot

    def members(self, package: Archive) -> Sequence[Archive]:
        return self.depot.members(package)

    def interfaces(self, source: Archive) -> Sequence[Archive]:
        return self.depot.interfaces(source)

    def has_source(self, source: Archive) -> bool:
        return (self.depot.place(source) / "used_apis").is_file()


@dataclass(frozen=True, slots=True)
class _Work:
    """A binary in the making; `top` is its build directory."""

    binary: Archive
    top: Path
    build_dir: BuildDirectory


class BinaryBuild:
    """One call."""

    def __init__(
        self, genode_dir: Path, writer: DepotWriter, options: BinaryOptions, sink: Sink = discard
    ) -> None:
        self._genode_dir = genode_dir
        self._writer = writer
        self._depot = writer.depot
        self._options = options
        self._sink = sink
        self._rules = ""
        self._settings_by_spec: dict[str, dict[str, str]] = {}
        self._compilers: dict[str, dict[str, Any]] = {}
        self._finished: dict[Archive, ArchiveFinished] = {}
        self._closure = Closure(())
        self._observatory = Observatory({})
        self._scope = EvaluationScope(self._observatory)

    def run(self, archives: Iterable[Archive]) -> tuple[ArchiveFinished, ...]:
        """Build the binaries among what some archives need; return how each ended, in order.

        Raises `UserError` when sources or interfaces are missing, before anything is built.
        """
        began = time.monotonic()
        self._closure = closure_of(archives, _Buildable(self._depot))
        binaries = self._closure.of_type(ArchiveType.BIN)
        self._check_complete(binaries)
        with self._writer.locked(self._sink) as lock:
            self._rules = rules_digest(self._genode_dir)
            outdated = []
            for binary in binaries:
                if self._options.rebuild or self._outdated(binary):
                    outdated.append(binary)
                else:
                    self._remove_unfinished(binary)
                    self._end(ArchiveFinished(binary, ArchiveOutcome.PRESENT))
            self._build(outdated, lock)
        finished = tuple(self._finished[binary] for binary in binaries)
        self._sink(ArchivesFinished(finished, time.monotonic() - began))
        return finished

    def observations(self) -> list[Observation] | None:
        """Return what the result rests on, if everything was up to date; None otherwise."""
        if any(one.outcome is not ArchiveOutcome.PRESENT for one in self._finished.values()):
            return None
        seen = [self._observatory.observation(number) for number in self._scope.seen]
        return [*seen, *observations_of(self._depot, self._genode_dir, self._closure)]

    def _end(self, end: ArchiveFinished) -> None:
        self._finished[end.archive] = end
        self._sink(end)

    def _check_complete(self, binaries: Sequence[Archive]) -> None:
        needed = {one for binary in binaries for one in ingredients(self._depot, binary)}
        missing = sorted(str(one) for one in needed if not self._depot.has(one))
        if missing:
            raise UserError(
                f"archives missing in the depot: {' '.join(missing)}",
                hint="`genode depot create` extracts what it builds; "
                "archives of others have to be downloaded",
            )

    def _outdated(self, binary: Archive) -> bool:
        """Return whether a binary has to be built.

        One without a record, built by the original or downloaded, stays as long as it belongs to
        its source and interfaces. The original copies a binary from the build directory to its
        place, then writes the hash: without it, but beside a build directory, it may be half there.
        """
        depot = self._depot
        if not depot.has(binary):
            return True
        if self._options.debug_info and not depot.has(_debug(binary)):
            return True
        recorded = depot.hash_of(binary).split()
        if not recorded and self._directory_of(binary).exists():
            return True
        if recorded and recorded != ingredient_hashes(depot, binary):
            return True
        record = read_record(depot, binary)
        if not record:
            return False
        return (
            record.get("rules") != self._rules
            or record.get("settings") != self._settings(binary.spec)
            or not same_compiler(record.get("compiler"))
        )

    def _settings(self, spec: str) -> dict[str, str]:
        """Return the variables that change what is built."""
        if spec not in self._settings_by_spec:
            options = self._options
            found = settings_of(options.tools, spec, options.overrides, self._scope)
            self._settings_by_spec[spec] = found
        return self._settings_by_spec[spec]

    def _build(self, binaries: Sequence[Archive], lock: Lock) -> None:
        """Build binaries in one graph; each is put into the depot as soon as it is done."""
        if not binaries:
            return
        # The machinery is slow to import.
        from genode_tool.building.combined import Part, make_combined

        parts: dict[str, _Work] = {}
        lenders: list[_Work] = []

        def ended(part: Part, result: PartResult) -> None:
            work = parts[part.name]
            self._end(self._result(work, result))
            if result.lends:
                lenders.append(work)
            else:
                self._discard(work)

        try:
            alike = Counter(binary.name for binary in binaries)
            for number, binary in enumerate(binaries, 1):
                self._sink(ArchiveStarted(binary, number, len(binaries)))
                try:
                    name = str(binary) if alike[binary.name] > 1 else binary.name
                    parts[name] = self._new_directory(binary)
                except (GenodeError, OSError) as error:
                    self._end(self._failed(binary, error))
            make_combined(
                self._depot.path,
                [Part(name, work.build_dir) for name, work in parts.items()],
                ended,
                jobs=self._options.jobs,
                sink=self._pass_on,
                started=lock.note,
            )
        finally:
            for work in parts.values():
                if work.binary not in self._finished or work in lenders:
                    self._discard(work)

    def _new_directory(self, binary: Archive) -> _Work:
        depot, options = self._depot, self._options
        top = self._directory_of(binary)
        self._writer.take_away(binary, top)
        top.mkdir(parents=True)
        (top / _UNFINISHED).touch()
        repositories = [depot.place(one) for one in ingredients(depot, binary)]
        build_dir = create(
            top, self._genode_dir, binary.spec, repositories, options.tools, options.overrides
        )
        return _Work(binary, top, build_dir)

    def _discard(self, work: _Work) -> None:
        if self._options.keep:
            (work.top / _UNFINISHED).unlink(missing_ok=True)
        else:
            self._writer.take_away(work.binary, work.top)

    def _directory_of(self, binary: Archive) -> Path:
        return self._depot.place(binary).with_name(f"{binary.version}.build")

    def _remove_unfinished(self, binary: Archive) -> None:
        """Remove the build directory that a killed call left, but none that `keep` left."""
        top = self._directory_of(binary)
        with contextlib.suppress(OSError):  # it is in nobody's way
            if (top / _UNFINISHED).exists():
                self._writer.take_away(binary, top)
            self._writer.clean(binary)

    def _result(self, work: _Work, result: PartResult) -> ArchiveFinished:
        """Put what was built into the depot; return how that ended."""
        binary = work.binary
        try:
            if result.error is not None:
                raise result.error
            if not result.ok:
                kept = f"the build directory is {work.top}" if self._options.keep else ""
                raise BuildFailed(
                    f"building {binary} failed",
                    hint=kept or "`--keep` leaves the build directory",
                )
            self._put(work)
        except (GenodeError, OSError) as error:
            return self._failed(binary, error)
        return ArchiveFinished(binary, ArchiveOutcome.CREATED)

    def _failed(self, binary: Archive, error: GenodeError | OSError) -> ArchiveFinished:
        if isinstance(error, OSError):
            error = cannot_write(error.filename or self._depot.place(binary), error)
        return ArchiveFinished(binary, ArchiveOutcome.FAILED, error=error)

    def _put(self, work: _Work) -> None:
        depot, binary, top = self._depot, work.binary, work.top
        record = {
            "format": _FORMAT,
            "rules": self._rules,
            "compiler": self._compiler(work),
            "settings": self._settings(binary.spec),
            "built_from": {str(one): depot.hash_of(one) for one in ingredients(depot, binary)},
        }
        if self._options.debug_info:
            files = (top / "debug").rglob("*.debug") if (top / "debug").is_dir() else ()
            self._add(_debug(binary), files, "", record)
        made = (top / "bin").iterdir() if (top / "bin").is_dir() else ()
        self._add(binary, made, " ".join(ingredient_hashes(depot, binary)), record)

    def _compiler(self, work: _Work) -> dict[str, Any]:
        """Return the description of the compiler, found out once for each spec."""
        spec = work.binary.spec
        if spec not in self._compilers:
            self._compilers[spec] = compiler_of(work.build_dir)
        return self._compilers[spec]

    def _add(
        self, archive: Archive, files: Iterable[Path], digest: str, record: Mapping[str, object]
    ) -> None:
        """Copy files, links followed, into an archive."""
        directory = self._writer.new_directory(archive)
        try:
            for path in sorted(files):
                if path.is_dir():
                    shutil.copytree(path, directory / path.name)
                else:
                    shutil.copyfile(path, directory / path.name)
                    (directory / path.name).chmod(path.stat().st_mode & 0o777)
            content = content_hash(os.fspath(directory))
            data = {**record, "digest": f"sha256:{content.digest}"}
            self._writer.add(directory, archive, digest, data)
        finally:
            if directory.exists():
                remove_tree(directory)

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, _SHOWN):
            self._sink(event)


def _debug(binary: Archive) -> Archive:
    return binary.source.binary(binary.spec, ArchiveType.DBG)

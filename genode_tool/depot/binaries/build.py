"""Building binary archives: each in a build directory of its own, put into the depot as a whole."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool import building
from genode_tool.building.events import (
    BuildStepFailed,
    BuildStepFinished,
    ProblemsFound,
)
from genode_tool.depot.archive.closure import closure_of
from genode_tool.depot.archive.content import content_hash
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.binaries.build_directory import create
from genode_tool.depot.binaries.build_record import compiler_of, rules_digest, same_compiler
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
from genode_tool.files import cannot_write
from genode_tool.ports.store.journal import remove_tree

_FORMAT = 1
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

    def run(self, archives: Iterable[Archive]) -> tuple[ArchiveFinished, ...]:
        """Build the binaries among what some archives need; return how each ended, in order.

        Raises `UserError` when sources or interfaces are missing, before anything is built.
        """
        began = time.monotonic()
        closure = closure_of(archives, _Buildable(self._depot))
        binaries = closure.of_type(ArchiveType.BIN)
        self._check_complete(binaries)
        finished = []
        with self._writer.locked(self._sink):
            rules = rules_digest(self._genode_dir, self._options.tools)
            for number, binary in enumerate(binaries, 1):
                self._sink(ArchiveStarted(binary, number, len(binaries)))
                end = self._finish(binary, rules)
                self._sink(end)
                finished.append(end)
        self._sink(ArchivesFinished(tuple(finished), time.monotonic() - began))
        return tuple(finished)

    def _check_complete(self, binaries: Sequence[Archive]) -> None:
        needed = {one for binary in binaries for one in ingredients(self._depot, binary)}
        missing = sorted(str(one) for one in needed if not self._depot.has(one))
        if missing:
            raise UserError(
                f"archives missing in the depot: {' '.join(missing)}",
                hint="`genode depot create` extracts what it builds; "
                "archives of others have to be downloaded",
            )

    def _finish(self, binary: Archive, rules: str) -> ArchiveFinished:
        if not self._options.rebuild and not self._outdated(binary, rules):
            return ArchiveFinished(binary, ArchiveOutcome.PRESENT)
        try:
            self._build(binary, rules)
        except GenodeError as error:
            return ArchiveFinished(binary, ArchiveOutcome.FAILED, error=error)
        except OSError as error:
            place = error.filename or self._depot.place(binary)
            problem = cannot_write(place, error)
            return ArchiveFinished(binary, ArchiveOutcome.FAILED, error=problem)
        return ArchiveFinished(binary, ArchiveOutcome.CREATED)

    def _outdated(self, binary: Archive, rules: str) -> bool:
        """Return whether a binary has to be built.

        One without a record, built by the original or downloaded, stays as long as it belongs to
        its source and interfaces.
        """
        depot = self._depot
        if not depot.has(binary):
            return True
        if self._options.debug_info and not depot.has(_debug(binary)):
            return True
        recorded = depot.hash_of(binary).split()
        if recorded and recorded != ingredient_hashes(depot, binary):
            return True
        record = read_record(depot, binary)
        if not record:
            return False
        return (
            record.get("rules") != rules
            or record.get("settings") != self._settings
            or not same_compiler(record.get("compiler"))
        )

    @property
    def _settings(self) -> dict[str, str]:
        """The variables that change what is built; a compiler cache does not."""
        return {name: value for name, value in self._options.overrides.items() if name != "CCACHE"}

    def _build(self, binary: Archive, rules: str) -> None:
        depot, options = self._depot, self._options
        top = depot.place(binary).with_name(f"{binary.version}.build")
        if top.exists():
            remove_tree(top)
        repositories = [depot.place(one) for one in ingredients(depot, binary)]
        try:
            build_dir = create(
                top, self._genode_dir, binary.spec, repositories, options.tools, options.overrides
            )
            result = building.make(build_dir, jobs=options.jobs, sink=self._pass_on)
            if not result.ok:
                kept = f"the build directory is {top}" if options.keep else ""
                raise BuildFailed(
                    f"building {binary} failed",
                    hint=kept or "`--keep` leaves the build directory",
                )
            record = {
                "format": _FORMAT,
                "rules": rules,
                "compiler": compiler_of(build_dir),
                "settings": self._settings,
                "built_from": {str(one): depot.hash_of(one) for one in ingredients(depot, binary)},
            }
            if options.debug_info:
                files = (top / "debug").rglob("*.debug") if (top / "debug").is_dir() else ()
                self._add(_debug(binary), files, "", record)
            made = (top / "bin").iterdir() if (top / "bin").is_dir() else ()
            self._add(binary, made, " ".join(ingredient_hashes(depot, binary)), record)
        finally:
            if top.exists() and not options.keep:
                remove_tree(top)

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

"""What it rests on that binaries are up to date: rules, compiler, and the content of the depot."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from genode_tool.building.memory.observation import (
    Observation,
    observe_directory,
    observe_file,
    observe_kind,
)
from genode_tool.depot.archive.closure import Closure
from genode_tool.depot.archive.content import PACKAGE_LIST
from genode_tool.depot.archive.name import Archive, ArchiveType
from genode_tool.depot.binaries.build_record import rule_directories, rule_files
from genode_tool.depot.store.depot import Depot
from genode_tool.depot.store.ingredients import ingredients
from genode_tool.depot.store.record import read_record

_REFERENCES = ("used_apis", "api", PACKAGE_LIST)


def observations_of(depot: Depot, genode_dir: Path, closure: Closure) -> Iterator[Observation]:
    """Yield the observations behind the answer that the binaries of a closure are up to date.

    What `tools.conf` says is not among them.
    """
    looked_ns = time.time_ns()

    def file(path: Path) -> Observation:
        seen = observe_file(str(path), looked_ns)
        return seen if seen.stamp is not None else observe_kind(str(path))

    for path in rule_directories(genode_dir):
        yield observe_directory(str(path), looked_ns)
    for path in rule_files(genode_dir):
        yield file(path)
    compilers: set[str] = set()
    for archive in closure.needs:
        if archive.type.has_recipe:
            yield from (file(depot.place(archive) / name) for name in _REFERENCES)
        elif archive.type is ArchiveType.BIN:
            yield from map(file, _files_of(depot, archive))
            yield observe_kind(str(depot.place(archive)))
            yield observe_kind(f"{depot.place(archive)}.build")
            yield observe_kind(
                str(depot.place(archive.source.binary(archive.spec, ArchiveType.DBG)))
            )
            compiler = read_record(depot, archive).get("compiler")
            if isinstance(compiler, Mapping):
                compilers.add(str(compiler.get("path")))
    for one in sorted(compilers):
        yield file(Path(one))


def _files_of(depot: Depot, binary: Archive) -> Iterator[Path]:
    yield depot.hash_file(binary)
    yield depot.record_file(binary)
    for one in ingredients(depot, binary):
        yield depot.hash_file(one)

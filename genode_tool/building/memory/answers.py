"""What the answer of a call rests on, in the form in which `genode_tool.recall` checks it.

Only what a stat(2) or a listing can compare is a fact. Where something else had a part, such as
a shell command of which nothing is known, there are no facts, and the answer is not kept.

A file that changes while the call runs must not be taken for what the call has seen. Its times
tell: every stamp that is taken here must be older than the beginning of the call.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genode_tool import recall
from genode_tool.building.memory.observation import Look, Remembered
from genode_tool.building.memory.plan_cache import Grounds
from genode_tool.building.memory.shell_queries import program_path, search_directories
from genode_tool.building.memory.stamps import (
    digest_of_file,
    digest_of_names,
    directory_stamp,
    file_stamp,
)
from genode_tool.building.ninja.logs import read_deps
from genode_tool.building.ninja.syntax import read_manifest
from genode_tool.errors import EnvironmentProblem
from genode_tool.files import write_atomically
from genode_tool.recall import kind_at

_TICK_NS = 50_000_000
_KEPT = 32


@dataclass(slots=True)
class Facts:
    """Gathers facts for a call that began at `began` (ns, `time.time_ns`).

    The dictionaries are those of `recall.hold`; `certain` is False when they are not all.
    """

    began: int
    files: dict[str, tuple[int, ...]] = field(default_factory=dict)
    directories: dict[str, tuple[int, ...]] = field(default_factory=dict)
    kinds: dict[str, str | None] = field(default_factory=dict)
    reals: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    certain: bool = True

    def plain(self) -> tuple[dict[str, Any], ...]:
        """Return the facts as plain data."""
        return (self.files, self.directories, self.kinds, self.reals, self.names)

    def add_file(self, path: str) -> None:
        """Note a file, or whatever it is, as it is now."""
        stamp = file_stamp(path)
        if stamp is None or max(stamp[:2]) >= self.began - _TICK_NS:
            self.certain = False
        else:
            self.files[path] = stamp

    def add_files(self, paths: Iterable[str]) -> None:
        """Note files as they are now."""
        for path in paths:
            if path not in self.files:
                self.add_file(path)

    def add_grounds(self, grounds: Grounds) -> None:
        """Note what descriptions were derived from; it was found to be so in this call."""
        self.files.update(grounds.files)
        self.directories.update(grounds.directories)
        for one in grounds.rest:
            self._add(one)

    def add_tool(self) -> None:
        """Note the modules of the tool itself that are in use."""
        modules = [
            module
            for name, module in sys.modules.items()
            if name == "genode_tool" or name.startswith("genode_tool.")
        ]
        self.add_files(module.__file__ for module in modules if module.__file__)

    def _add(self, seen: Remembered) -> None:
        look, subject = seen.key[0], seen.key[1]
        if look == Look.SHELL:
            self._add_programs(seen.stamp, dict(seen.key[5]).get("PATH", ""))
        elif look == Look.KIND:
            self.kinds[subject] = seen.result
        elif seen.result is None and look != Look.ENV:
            self.kinds[subject] = kind_at(subject)
        elif look == Look.REAL:
            self.reals[subject] = seen.result
        elif look == Look.READ:
            self.add_file(subject)
            self.certain &= digest_of_file(subject) == seen.result
        elif look == Look.LIST:
            self.certain &= digest_of_names(subject) == seen.result
            with contextlib.suppress(OSError):
                self.names[subject] = tuple(sorted(os.listdir(subject)))  # noqa: PTH208

    def _add_programs(self, stamps: Any, path: str) -> None:
        """Note the programs and files that a shell command's answer depends on."""
        if stamps is None:
            self.certain = False
            return
        for name, real, *_ in stamps:
            found = program_path(name, path)
            for directory in search_directories(name, path):
                stamp = directory_stamp(directory)
                if stamp is None:
                    self.kinds[directory] = kind_at(directory)
                else:
                    self.directories[directory] = stamp
                if found is not None and os.path.dirname(found) == directory:  # noqa: PTH120
                    break
            if name.startswith("/") and real is None:
                self.kinds[name] = None
                self.certain &= kind_at(name) is None
            elif found is None or real is None:
                self.certain &= found is real
            else:
                if real != found:
                    self.reals[found] = real
                self.add_files([real])


def add_steps(facts: Facts, build_dir: Path, targets: Iterable[str]) -> None:
    """Note all that the steps behind `targets` read and make, and what ninja knows of it."""
    state = build_dir / "var/genode"
    edges, found = read_manifest(build_dir, errors="surrogateescape"), read_deps(state)
    pending, seen = list(targets), set[str]()
    wanted: dict[str, None] = {}
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        edge = edges.get(path)
        if edge is None:
            wanted[path] = None
            continue
        pending += (*edge.inputs, *edge.order_only, *edge.outputs)
        pending += found.get(edge.outputs[0], ())
        if edge.command:
            wanted[path] = None
    top = str(build_dir)
    facts.add_files(path if path.startswith("/") else f"{top}/{path}" for path in wanted)
    beside = ("progress.log", "compile_commands.json")
    own = (".ninja_log", ".ninja_deps", "build.ninja", "last", "running", "sources")
    for one in (*(build_dir / name for name in beside), *(state / name for name in own)):
        if one.exists():
            facts.add_file(str(one))
        else:
            facts.kinds[str(one)] = None


def keep_answer(
    build_dir: Path, key: tuple[object, ...], facts: Facts, parts: Iterable[tuple[int, str]]
) -> bool:
    """Keep what a call has printed, in `parts` of (descriptor, text); tell whether it was kept.

    It is not where the facts are not certain, or nothing can be written.
    """
    if not facts.certain:
        return False
    directory = build_dir / recall.DIRECTORY
    content = recall.sealed((recall.FORM, key, facts.plain(), list(parts)))
    with contextlib.suppress(EnvironmentProblem, OSError):
        write_atomically(directory / recall.name_of(key), content)
        _forget_oldest(directory)
        return True
    return False


def _forget_oldest(directory: Path) -> None:
    def age(path: Path) -> float:
        with contextlib.suppress(OSError):
            return path.stat().st_mtime
        return 0.0

    for path in sorted(directory.iterdir(), key=age, reverse=True)[_KEPT:]:
        path.unlink(missing_ok=True)

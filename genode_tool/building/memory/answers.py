"""Answers that `genode_tool.recall` replays: what a call printed, and the observations behind it.

Only what a stat(2) or a listing can compare counts there. When something else had a part, such
as a shell command that may depend on anything, no answer is cached.

A file that changes while the call runs must not be taken for what the call has seen. Every
stamp that is taken here must therefore be older than the start of the call.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from genode_tool import recall
from genode_tool.building.memory.observation import Look, Observation, observe_file
from genode_tool.building.memory.shell_queries import program_path, search_directories
from genode_tool.building.memory.stamps import (
    Stamp,
    digest_of_file,
    digest_of_names,
    directory_stamp,
    file_stamp,
    is_racy,
)
from genode_tool.building.memory.store import MemoryStore
from genode_tool.errors import EnvironmentProblem
from genode_tool.recall import kind_at

if TYPE_CHECKING:
    from genode_tool.building.memory.looks import Looks
    from genode_tool.recall import Checks

_GROUP = recall.DIRECTORY.rpartition("/")[2]
_MOST_ANSWERS = 32


def observe_tool(looked_ns: int) -> list[Observation]:
    """Return the stamps of the tool's own modules in use; `looked_ns` as for `is_racy`."""
    modules = [
        module
        for name, module in sys.modules.items()
        if name == "genode_tool" or name.startswith("genode_tool.")
    ]
    return [observe_file(module.__file__, looked_ns) for module in modules if module.__file__]


def keep_answer(
    store: MemoryStore,
    key: tuple[object, ...],
    observations: Iterable[Observation],
    began: int,
    parts: Iterable[tuple[int, str]],
) -> bool:
    """Cache what a call has printed, in `parts` of (descriptor, text); return whether it was.

    `began` is when the call started (`time.time_ns`). The answer is not cached when
    `observations` cannot be checked by `recall`, or when nothing can be written.
    """
    checks = checks_of(observations, began)
    return checks is not None and _write(store, key, checks, parts)


def keep_looks(
    store: MemoryStore,
    key: tuple[object, ...],
    looks: Looks,
    began: int,
    parts: Iterable[tuple[int, str]],
    code: int,
) -> bool:
    """Cache what a call has printed, as `keep_answer` does, with all that it has looked at.

    `code` is its exit code.
    """
    modules = checks_of(observe_tool(began), began)
    checks = looks.checks()
    if checks is None or modules is None:
        return False
    pairs: Any = zip(checks, modules, strict=True)
    both: Any = tuple([{**one, **other} for one, other in pairs])
    return _write(store, key, both, parts, code)


def _write(
    store: MemoryStore,
    key: tuple[object, ...],
    checks: Checks,
    parts: Iterable[tuple[int, str]],
    code: int = 0,
) -> bool:
    with contextlib.suppress(EnvironmentProblem, OSError):
        name = f"{_GROUP}/{recall.name_of(key)}"
        store.write(name, recall.FORM, (key, checks, list(parts), code))
        store.keep_newest(_GROUP, _MOST_ANSWERS)
        return True
    return False


def checks_of(observations: Iterable[Observation], began: int) -> Checks | None:
    """Return what `recall.up_to_date` compares; None when that would not prove `observations`.

    They were found to be true in the call that began at `began` (`time.time_ns`).
    """
    checks = _Checks(began)
    for one in observations:
        checks.add(one)
    return checks.plain() if checks.complete else None


class _Checks:
    """Collects the dictionaries of `recall.Checks`; `complete` when nothing had to be left out."""

    def __init__(self, began: int) -> None:
        self._began = began
        self._files: dict[str, Stamp] = {}
        self._directories: dict[str, Stamp] = {}
        self._kinds: dict[str, str | None] = {}
        self._reals: dict[str, str] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self.complete = True

    def plain(self) -> Checks:
        return (self._files, self._directories, self._kinds, self._reals, self._names)

    def add(self, seen: Observation) -> None:
        look, subject = seen.key[0], seen.key[1]
        stamped = seen.stamp is not None and not seen.racy
        if look == Look.SHELL:
            self._add_programs(seen.stamp, dict(seen.key[5]).get("PATH", ""))
        elif look == Look.FILE:
            self.complete &= stamped
            if stamped:
                self._files[subject] = seen.stamp[1]
        elif look == Look.DIRECTORY or (stamped and look in (Look.KIND, Look.LIST)):
            self.complete &= stamped
            if stamped:
                self._directories[seen.stamp[0]] = seen.stamp[1]
        elif stamped and look == Look.READ:
            (self._files if seen.result is not None else self._directories)[seen.stamp[0]] = (
                seen.stamp[1]
            )
        else:
            self._add_result(look, subject, seen.result)

    def _add_result(self, look: str, subject: str, result: Any) -> None:
        """Add an observation without a stamp that could be trusted."""
        if look == Look.KIND:
            self._kinds[subject] = result
        elif look == Look.ENV:
            return  # the whole environment is part of an answer's key
        elif result is None:
            self._kinds[subject] = kind_at(subject)
        elif look == Look.REAL:
            self._reals[subject] = result
        elif look == Look.READ:
            self._add_file(subject)
            self.complete &= digest_of_file(subject) == result
        elif look == Look.LIST:
            self.complete &= digest_of_names(subject) == result
            with contextlib.suppress(OSError):
                self._names[subject] = tuple(sorted(os.listdir(subject)))  # noqa: PTH208

    def _add_file(self, path: str) -> None:
        stamp = file_stamp(path)
        if stamp is None or is_racy(stamp, self._began):
            self.complete = False
        else:
            self._files[path] = stamp

    def _add_programs(self, stamps: Any, path: str) -> None:
        """Add the programs and files that a shell command's answer depends on."""
        if stamps is None:
            self.complete = False
            return
        for name, real, *_ in stamps:
            found = program_path(name, path)
            for directory in search_directories(name, path):
                stamp = directory_stamp(directory)
                if stamp is None:
                    self._kinds[directory] = kind_at(directory)
                else:
                    self._directories[directory] = stamp
                if found is not None and os.path.dirname(found) == directory:  # noqa: PTH120
                    break
            if name.startswith("/") and real is None:
                self._kinds[name] = None
                self.complete &= kind_at(name) is None
            elif found is None or real is None:
                self.complete &= found is real
            else:
                if real != found:
                    self._reals[found] = real
                if real not in self._files:
                    self._add_file(real)

"""Remembered calls: the way from goals straight to ninja when nothing changed.

A call is its goals, its variables and its environment. What it looked at is kept in one file,
reduced to the stamps of directories and files, so that finding out that nothing changed takes
one stat(2) for each of them and needs no makefile machinery at all.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from genode_tool.building.memory.observation import Look, Remembered
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.stamps import unchanged
from genode_tool.building.memory.tool_stamp import tool_stamp
from genode_tool.files import write_atomically
from genode_tool.recall import sealed, unsealed

_KEPT_CALLS = 32


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """What a call with the same goals needs to know when nothing changed.

    `targets` are ninja's; `environment` is what the steps get; `launcher` the words of the
    program that compile steps are handed to; `manifest` the stamp of the ninja file that holds
    the targets; `problems` what is wrong with descriptions, as plain data.
    """

    targets: tuple[str, ...]
    artifacts: tuple[str, ...]
    skipped: tuple[str, ...]
    programs: int
    libraries: int
    default_jobs: int | None
    environment: tuple[tuple[str, str], ...]
    launcher: tuple[str, ...]
    manifest: tuple[int, ...]
    problems: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Grounds:
    """What something rests on: stamps of directories and of files by path, and all else."""

    directories: Mapping[str, Any]
    files: Mapping[str, Any]
    rest: tuple[Remembered, ...]

    @classmethod
    def of(cls, observations: Iterable[Remembered]) -> Grounds:
        """Return observations, reduced to stamps where there are any."""
        directories: dict[str, Any] = {}
        files: dict[str, Any] = {}
        rest: list[Remembered] = []
        for one in observations:
            look = one.key[0]
            gone = look == Look.READ and one.result is None
            if one.stamp is not None and (gone or look in (Look.KIND, Look.LIST)):
                directories[one.stamp[0]] = one.stamp[1]
            elif one.stamp is not None and look == Look.READ:
                files[one.stamp[0]] = one.stamp[1]
            else:
                rest.append(one)
        return cls(directories, files, tuple(rest))


def call_key(
    goals: Iterable[str], overrides: Mapping[str, str], environment: Mapping[str, str]
) -> str:
    """Return the name under which a call is remembered."""
    parts = repr((tuple(goals), sorted(overrides.items()), sorted(environment.items())))
    return hashlib.blake2b(parts.encode(), digest_size=12).hexdigest()


class PlanCache:
    """The remembered calls of a build directory, one file each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "calls"
        self._last = directory / "last"

    def find(self, key: str, observatory: Observatory) -> BuildPlan | None:
        """Return the call when everything it looked at is as it was."""
        loaded = self._load(key)
        if loaded is None:
            return None
        call, directories, files, rest = loaded
        if not unchanged(directories.items(), directories=True):
            return None
        if not unchanged(files.items(), directories=False):
            return None
        for one in rest:
            if not observatory.same(Remembered(*one)):
                return None
        return call

    def grounds(self, key: str) -> Grounds | None:
        """Return what a remembered call rests on, None when it is not remembered."""
        loaded = self._load(key)
        if loaded is None:
            return None
        _, directories, files, rest = loaded
        return Grounds(directories, files, tuple(Remembered(*one) for one in rest))

    def last(self) -> BuildPlan | None:
        """Return the latest call, whatever changed since."""
        with contextlib.suppress(OSError, ValueError):
            loaded = self._load(self._last.read_text().strip())
            if loaded is not None:
                return loaded[0]
        return None

    def _load(self, key: str) -> tuple[BuildPlan, dict[str, Any], dict[str, Any], list[Any]] | None:
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            form, call, directories, files, rest = unsealed((self._directory / key).read_bytes())
            if form == tool_stamp():
                return BuildPlan(*call), directories, files, rest
        return None

    def save(self, key: str, call: BuildPlan, observations: Iterable[Remembered]) -> None:
        """Remember a call and what it looked at."""
        grounds = Grounds.of(observations)
        rest = [(one.key, one.result, one.stamp) for one in grounds.rest]
        content = (
            tool_stamp(),
            astuple(call),
            dict(grounds.directories),
            dict(grounds.files),
            rest,
        )
        write_atomically(self._directory / key, sealed(content))
        self._forget_oldest()

    def used(self, key: str) -> None:
        """Note which call is the latest, for `again`."""
        with contextlib.suppress(OSError):
            if self._last.read_bytes() == key.encode():
                return
        write_atomically(self._last, key)

    def _forget_oldest(self) -> None:
        def age(path: Path) -> float:
            with contextlib.suppress(OSError):
                return path.stat().st_mtime
            return 0.0

        files = sorted(self._directory.iterdir(), key=age, reverse=True)
        for path in files[_KEPT_CALLS:]:
            path.unlink(missing_ok=True)

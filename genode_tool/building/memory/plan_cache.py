"""The plans of calls: the way from goals straight to ninja when nothing changed.

A call is its goals, its variables and its environment. Its plan is one record, together with
the observations behind it, merged so that finding out that nothing changed takes one stat(2)
for each directory and file, and needs no makefile machinery at all.
"""

from __future__ import annotations

import contextlib
from _blake2 import blake2b  # `hashlib` would load OpenSSL
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

from genode_tool.building.memory.observation import Observation, merged
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.stamps import file_stamp
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.memory.tool_stamp import tool_stamp
from genode_tool.errors import UserError
from genode_tool.record import record

COMPANIONS = ("compile_commands.json", "var/libdeps")
"""Files of a build directory that are written for users along with the ninja file."""

_GROUP = "calls"
_MOST_PLANS = 32
_LAST = "last"
_LAST_FORM = "last 1"


@record
class BuildPlan:
    """The outcome of planning: all that a call with the same goals needs when nothing changed.

    `targets` are ninja's; `environment` is that of the steps; `launcher` the words of the
    program that runs compile steps; `manifest` the stamp of the ninja file with the
    targets; `problems` those of descriptions, as plain data.
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

    def is_written(self, build_dir: Path) -> bool:
        """Return whether the ninja file written for the plan, and its companions, exist."""
        if not self.targets:
            return True
        same = file_stamp(str(build_dir / "var/genode/build.ninja")) == tuple(self.manifest)
        return same and all((build_dir / one).is_file() for one in COMPANIONS)


def call_key(
    goals: Iterable[str], overrides: Mapping[str, str], environment: Mapping[str, str]
) -> str:
    """Return the name under which the plan of a call is cached."""
    parts = repr((tuple(goals), sorted(overrides.items()), sorted(environment.items())))
    return blake2b(parts.encode(), digest_size=12).hexdigest()


class PlanCache:
    """The cached plans of a build directory, one record each."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def find(
        self, key: str, observatory: Observatory
    ) -> tuple[BuildPlan, list[Observation]] | None:
        """Return the plan of a call, and the observations behind it, when it is up to date."""
        loaded = self._load(key)
        if loaded is None or not observatory.all_same(loaded[1]):
            return None
        return loaded

    def last(self) -> BuildPlan | None:
        """Return the plan of the latest call, whatever changed since."""
        key = self._store.read(_LAST, _LAST_FORM)
        loaded = self._load(key) if key is not None else None
        return loaded[0] if loaded is not None else None

    def repeated(self, goals: tuple[str, ...]) -> BuildPlan:
        """Return the plan that the goal `again` repeats. Raises `UserError` when there is none."""
        if len(goals) > 1:
            raise UserError("`again` repeats the last call and takes no further goals")
        last = self.last()
        if last is None:
            raise UserError("no earlier build to repeat", hint="name goals first")
        return last

    def _load(self, key: str) -> tuple[BuildPlan, list[Observation]] | None:
        data = self._store.read(f"{_GROUP}/{key}", tool_stamp())
        with contextlib.suppress(ValueError, TypeError):
            plan, observations = data
            return BuildPlan(*plan), list(map(Observation._make, observations))
        return None

    def save(self, key: str, plan: BuildPlan, observations: Iterable[Observation]) -> None:
        """Cache the plan of a call with the observations behind it."""
        data = (astuple(plan), [tuple(one) for one in merged(observations)])
        self._store.write(f"{_GROUP}/{key}", tool_stamp(), data)
        self._store.keep_newest(_GROUP, _MOST_PLANS)

    def used(self, key: str) -> None:
        """Record which call is the latest, for `again`."""
        if self._store.read(_LAST, _LAST_FORM) != key:
            self._store.write(_LAST, _LAST_FORM, key)

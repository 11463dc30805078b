"""Results of evaluations, kept between calls together with what they were derived from.

The store is one small file in the build directory. An entry holds a result as plain data and
the numbers of the observations it rests on; it counts as long as each of those would be made
again. Entries are kept per configuration (kernel, board, variables of the command line), so
that switching between kernels evaluates nothing anew.

The file is a cache: one of another version or a damaged one is ignored.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from genode_tool.building.memory.observation import Remembered
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.tool_stamp import tool_stamp
from genode_tool.files import make_directory, write_atomically
from genode_tool.recall import sealed, unsealed

_KEPT_CONFIGURATIONS = 8

EntryKey = tuple[str, ...]
Entry = tuple[Any, tuple[int, ...]]


class EvaluationCache:
    """The kept results of one build directory, seen by one configuration."""

    def __init__(self, path: Path, identity: str, observatory: Observatory) -> None:
        self._path = path
        self._identity = identity
        self._observatory = observatory
        self._kept: list[tuple[Any, ...]] = []
        self._verdicts: dict[int, bool] = {}
        self._configurations: dict[str, dict[EntryKey, Entry]] = {}
        self._fresh: dict[EntryKey, tuple[Any, frozenset[int]]] = {}
        self._changed = False
        self.evaluated = 0
        self.reused = 0
        self._load()

    def _load(self) -> None:
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            form, kept, configurations = unsealed(self._path.read_bytes())
            if form == tool_stamp():
                self._kept, self._configurations = kept, configurations
        # The configuration in use is the last one, the first ones are dropped at need.
        mine = self._configurations.pop(self._identity, {})
        self._configurations[self._identity] = mine

    def get(self, key: EntryKey) -> tuple[Any, frozenset[int]] | None:
        """Return a kept result that still holds, with its observations in this call's numbers."""
        fresh = self._fresh.get(key)
        if fresh is not None:
            return fresh
        entry = self._configurations[self._identity].get(key)
        if entry is None:
            return None
        data, numbers = entry
        for number in numbers:
            verdict = self._verdicts.get(number)
            if verdict is None:
                verdict = self._observatory.same(Remembered(*self._kept[number]))
                self._verdicts[number] = verdict
            if not verdict:
                return None
        self.reused += 1
        return data, frozenset(-1 - number for number in numbers)

    def elsewhere(self, kind: str) -> Iterator[tuple[EntryKey, Any]]:
        """Return kept results of a kind that this call did not make, this configuration's first.

        They may no longer hold.
        """
        names = [
            self._identity,
            *(n for n in reversed(self._configurations) if n != self._identity),
        ]
        for name in names:
            for key, (data, _) in list(self._configurations[name].items()):
                if key[0] == kind and key not in self._fresh:
                    yield key, data

    def before(self, key: EntryKey) -> Any:
        """Return what this configuration had for `key` before this call, or None."""
        entry = self._configurations[self._identity].get(key)
        return entry[0] if entry else None

    def forget(self, key: EntryKey) -> None:
        """Drop what all configurations have for `key`."""
        for entries in self._configurations.values():
            entries.pop(key, None)
        self._changed = True

    def rivals(self, key: EntryKey) -> Iterator[Any]:
        """Return what other configurations have for `key`, the latest used first."""
        for name in reversed(self._configurations):
            if name != self._identity and key in self._configurations[name]:
                yield self._configurations[name][key][0]

    def put(self, key: EntryKey, data: Any, seen: Iterable[int]) -> None:
        """Keep a result of this call."""
        self.evaluated += 1
        self._fresh[key] = (data, frozenset(seen))

    def remembered(self, numbers: Iterable[int]) -> list[Remembered]:
        """Return observations in the form kept between calls.

        Numbers below zero are those of earlier calls, as `get` returns them.
        """
        return [
            Remembered(*self._kept[-1 - number])
            if number < 0
            else self._observatory.remember(number)
            for number in sorted(numbers)
        ]

    def save(self) -> None:
        """Write the store; entries of this call replace earlier ones of the same key."""
        if not self._fresh and not self._changed:
            return
        places: dict[Any, int] = {}
        kept: list[tuple[Any, ...]] = []

        def place(one: tuple[Any, ...]) -> int:
            key = one[0]
            number = places.get(key)
            if number is None:
                number = places[key] = len(kept)
                kept.append(one)
            return number

        mine: dict[EntryKey, Entry] = {}
        fresh_places: dict[int, int] = {}
        for key, (data, seen) in self._fresh.items():
            numbers = []
            for number in sorted(seen):
                if number not in fresh_places:
                    remembered = self._observatory.remember(number)
                    fresh_places[number] = place(
                        (remembered.key, remembered.result, remembered.stamp)
                    )
                numbers.append(fresh_places[number])
            mine[key] = (data, tuple(numbers))
        configurations: dict[str, dict[EntryKey, Entry]] = {}
        names = list(self._configurations)[-_KEPT_CONFIGURATIONS:]
        for name in names:
            entries = configurations[name] = {}
            for key, (data, numbers_before) in self._configurations[name].items():
                if name == self._identity and key in mine:
                    continue
                entries[key] = (
                    data,
                    tuple(self._replace(number, places, kept) for number in numbers_before),
                )
        configurations[self._identity].update(mine)
        write_atomically(self._path, sealed((tool_stamp(), kept, configurations)))

    def _replace(self, number: int, places: dict[Any, int], kept: list[tuple[Any, ...]]) -> int:
        """Return the new place of an observation of an earlier call.

        One with another result than this call's stays beside it: its entries are stale then,
        and must not look fresh.
        """
        one = self._kept[number]
        key = one[0]
        if key in places and kept[places[key]][1] == one[1]:
            return places[key]
        other = ("stale", key, one[1]) if key in places else key
        if other not in places:
            places[other] = len(kept)
            kept.append(one)
        return places[other]


def state_directory(build_dir: str) -> Path:
    """Return the directory for everything that is kept between calls."""
    path = Path(build_dir) / "var/genode"
    if not path.is_dir():
        make_directory(path, hint="is the build directory writable?")
    return path

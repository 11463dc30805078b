"""Results of evaluations, cached between calls together with what they were derived from.

An entry holds a result as plain data and the numbers of the observations behind it; it is up to
date as long as each of those would be made again. Entries are kept per configuration (kernel,
board, variables of the command line), so that switching between kernels causes no evaluation.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from genode_tool.building.memory.observation import Observation
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.store import MemoryStore
from genode_tool.building.memory.tool_stamp import tool_stamp

_MOST_CONFIGURATIONS = 8
STATE_RECORD = "state"
"""The name of the record in the store."""

EntryKey = tuple[str, ...]
Entry = tuple[Any, tuple[int, ...]]


class EvaluationCache:
    """The cached results of one build directory, seen by the configuration `identity`.

    `evaluated` and `reused` count the results of this call that are new and that are not. Numbers
    of observations below zero are those of earlier calls.
    """

    def __init__(self, store: MemoryStore, identity: str, observatory: Observatory) -> None:
        self._store = store
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
        data = self._store.read(STATE_RECORD, tool_stamp())
        with contextlib.suppress(ValueError, TypeError):
            self._kept, self._configurations = data
        # The configuration in use is the last one, the first ones are dropped at need.
        mine = self._configurations.pop(self._identity, {})
        self._configurations[self._identity] = mine

    def get(self, key: EntryKey) -> tuple[Any, frozenset[int]] | None:
        """Return a cached result that is up to date, with the numbers of its observations."""
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
                verdict = self._verdicts[number] = self._renew(number)
            if not verdict:
                return None
        self.reused += 1
        return data, frozenset(-1 - number for number in numbers)

    def _renew(self, number: int) -> bool:
        """Return whether an observation would be made again; record its stamp if that changed."""
        kept = Observation._make(self._kept[number])
        now = self._observatory.renewed(kept)
        if now is not None and now.stamp != kept.stamp:
            self._kept[number] = tuple(now)
            self._changed = True
        return now is not None

    def elsewhere(self, kind: str) -> Iterator[tuple[EntryKey, Any]]:
        """Return cached results of a kind that this call did not make, this configuration's first.

        They may be stale.
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
        """Cache a result of this call; `seen` are the numbers of the observations behind it."""
        self.evaluated += 1
        self._fresh[key] = (data, frozenset(seen))

    def observations(self, numbers: Iterable[int]) -> list[Observation]:
        """Return observations of this call or, below zero, of earlier ones (see `get`)."""
        return [
            Observation._make(self._kept[-1 - number])
            if number < 0
            else self._observatory.observation(number)
            for number in sorted(numbers)
        ]

    def save(self) -> None:
        """Write the cache; entries of this call replace earlier ones of the same key."""
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
                    fresh_places[number] = place(tuple(self._observatory.observation(number)))
                numbers.append(fresh_places[number])
            mine[key] = (data, tuple(numbers))
        configurations: dict[str, dict[EntryKey, Entry]] = {}
        names = list(self._configurations)[-_MOST_CONFIGURATIONS:]
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
        self._store.write(STATE_RECORD, tool_stamp(), (kept, configurations))

    def _replace(self, number: int, places: dict[Any, int], kept: list[tuple[Any, ...]]) -> int:
        """Return the new place of an observation of an earlier call.

        One with another result than this call's is stored separately: its entries are stale, and
        must not look fresh.
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

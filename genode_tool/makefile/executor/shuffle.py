"""The order in which `--shuffle` visits goals and prerequisites.

GNU make manual, "Summary of Options". A seed gives the order that it gives with GNU make, so that a
failure under one program can be repeated under the other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from genode_tool.errors import UserError
from genode_tool.makefile.rules.files import Dependency, File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.regex import regex

_WORD_BITS = 0xFFFFFFFF
_MOST = (1 << 64) - 1
_SEED = regex(r"[ \t\n\v\f\r]*([+-]?)(\d+)")


def shuffle_mode(text: str) -> str:
    """Return what `--shuffle=TEXT` means: reverse, identity, a seed, or "" for no shuffling.

    Raises `UserError` for anything else.
    """
    known = text.lower()
    if known in ("reverse", "identity"):
        return known
    if known == "none":
        return ""
    if known == "random":
        return str(_random_seed())
    found = _SEED.fullmatch(text)
    if found is None:
        raise UserError(
            f"invalid shuffle mode: Invalid value: '{text}'",
            hint="the modes are reverse, random, identity, none, and a number to start from",
        )
    # As strtoul(3) reads it, cut to the width of an `unsigned int`.
    number = min(int(found.group(2)), _MOST)
    if found.group(1) == "-" and number < _MOST:
        number = -number
    return str(number & _WORD_BITS)


def _random_seed() -> int:
    """Return a random number that is not 0."""
    return int.from_bytes(os.urandom(4)) or 1


class Shuffle:
    """Orders for one run; `mode` is a result of `shuffle_mode`, not an empty one."""

    def __init__(self, mode: str, graph: Graph) -> None:
        self._mode = mode
        self._graph = graph
        self._fixed = graph.rules.special(".NOTPARALLEL") or frozenset()
        self._state = 0
        # For each file, the order of the prerequisites that explicit rules give it.
        self._explicit: dict[str, list[int]] = {}
        self._orders: dict[int, list[Dependency]] = {}

    def goals(self, names: Sequence[str]) -> list[str]:
        """Return the goals in their order, and choose that of everything below them."""
        self._reseed()
        order = self._permutation(len(names))
        self._below(names)
        return [names[at] for at in order]

    def dependencies(self, file: File) -> list[Dependency]:
        """Return the prerequisites of a settled file in their order."""
        order = self._orders.get(id(file))
        if order is None:
            order = self._orders[id(file)] = self._choose(file)
        return order

    def _choose(self, file: File) -> list[Dependency]:
        needed = file.dependencies
        target = file.target
        if file.name in self._graph.chained:
            return needed  # GNU make settled it with the file that is made from it
        if file.branch_rule is not None and target is not None:
            if file.branch_rule is not target.rules[0]:
                return needed
            deferred = file.branch_rule.deferred is not None
        else:
            deferred = target is not None and any(one.deferred is not None for one in target.rules)
        order = self._explicit.get(file.name)
        if order is None or deferred or len(order) != len(needed):
            # The prerequisites became known only now.
            self._reseed()
            waits = file.name in self._fixed or any(one.wait for one in needed)
            order = self._permutation(len(needed), waits)
            self._explicit[file.name] = order
            self._below([one.file.name for one in needed])
        return [needed[at] for at in order]

    def _below(self, names: Sequence[str]) -> None:
        """Choose orders for files and for what they need, depth first."""
        open_ = list(reversed(names))
        while open_:
            name = open_.pop()
            if name in self._explicit:
                continue
            target = self._graph.rules.targets.get(name)
            rules = target.ordered_rules if target is not None else []
            if target is not None and target.double:
                rules = target.rules[:1]
            needed = [one for rule in rules for one in rule.prerequisites]
            # Text that is expanded later counts as one prerequisite.
            later = sum(rule.deferred is not None for rule in rules)
            waits = name in self._fixed or any(one.wait for one in needed)
            self._explicit[name] = self._permutation(len(needed) + later, waits)
            open_ += [one.name for one in reversed(needed)]

    def _permutation(self, size: int, waits: bool = False) -> list[int]:
        order = list(range(size))
        if waits or self._mode == "identity":
            return order
        if self._mode == "reverse":
            return order[::-1]
        for one in range(size):
            other = self._random() % size
            order[one], order[other] = order[other], order[one]
        return order

    def _reseed(self) -> None:
        if self._mode.isdigit():
            self._state = int(self._mode) or _random_seed()

    def _random(self) -> int:
        """Return the next number of the xorshift generator with the shifts 13, 17 and 5."""
        state = self._state
        state ^= state << 13 & _WORD_BITS
        state ^= state >> 17
        state ^= state << 5 & _WORD_BITS
        self._state = state
        return state

"""Random choices that depend on a seed only."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A source of choices; the same seed gives the same ones on any machine."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def pick(self, options: Sequence[T]) -> T:
        """Return one of `options`."""
        return options[self._random.randrange(len(options))]

    def one_in(self, count: int) -> bool:
        """Return true once in `count` times."""
        return self._random.randrange(count) == 0

    def number(self, low: int, high: int) -> int:
        """Return a number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def several(self, make: Callable[[], T], low: int, high: int) -> list[T]:
        """Return `low` to `high` results of `make`."""
        return [make() for _ in range(self.number(low, high))]

    def sample(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Return `low` to `high` different ones of `options`, in any order."""
        return self._random.sample(list(options), min(self.number(low, high), len(options)))

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """Return one of `options`, each as likely as its weight says."""
        weights = [weight for weight, _ in options]
        return self._random.choices([one for _, one in options], weights)[0]

"""Conditions on the values of settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on values; `wanted` describes the values that meet it."""

    fits: Callable[[Any], bool]
    wanted: str


Positive = Annotated[int, Check(lambda value: value > 0, "1 or more")]
NotNegative = Annotated[int, Check(lambda value: value >= 0, "0 or more")]
Factor = Annotated[float, Check(lambda value: value > 0, "a number above 0")]
Seconds = Annotated[float, Check(lambda value: value >= 0, "0 or more seconds")]

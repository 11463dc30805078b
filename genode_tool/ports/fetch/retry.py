"""Retries of what may succeed a little later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from genode_tool.deadline import Deadline
from genode_tool.events import Note, Sink
from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.fetch.problems import TemporaryFailure, Unavailable

Result = TypeVar("Result")


def with_retries(
    action: Callable[[], Result], who: str, policy: Policy, deadline: Deadline, sink: Sink
) -> Result:
    """Return what `action` returns, calling it again after each `TemporaryFailure`.

    The pauses double from `policy.first_pause` on, up to `policy.longest_pause`; one that the
    other side asked for is granted unless it is longer. Raises `Unavailable` when it is, or when
    the attempts or the time are used up; `who` is named in the warnings.
    """
    tries = 0
    while True:
        try:
            return action()
        except TemporaryFailure as trouble:
            tries += 1
            own = min(policy.first_pause * 2.0 ** (tries - 1), policy.longest_pause)
            pause = own if trouble.pause is None else trouble.pause
            if tries > policy.retries:
                raise Unavailable(f"{trouble}; gave up after {tries} attempts") from trouble
            if pause > policy.longest_pause:
                raise Unavailable(
                    f"{trouble}; asked for a pause of {_duration(pause)}"
                ) from trouble
            if deadline.expired or deadline.bounded(pause) < pause:
                raise Unavailable(f"{trouble}; no time left for another attempt") from trouble
            sink(Note(f"{who}: {trouble}; next attempt in {pause:.3g} s", "warning"))
            time.sleep(pause)


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"

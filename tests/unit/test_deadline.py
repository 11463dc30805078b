"""Deadline arithmetic, on a clock that the test sets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from genode_tool.deadline import Deadline


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


def test_time_that_is_left(clock: Callable[[float], None]) -> None:
    deadline = Deadline.after(5)
    assert deadline.remaining == 5
    assert not deadline.expired
    clock(4.5)
    assert deadline.remaining == 0.5
    assert not deadline.expired
    clock(0.5)
    assert deadline.expired
    clock(100)
    assert deadline.remaining == 0


def test_a_wait_without_end(clock: Callable[[float], None]) -> None:
    for deadline in (Deadline(), Deadline.after(None)):
        clock(1e9)
        assert deadline.remaining is None
        assert not deadline.expired
        assert deadline.bounded(7) == 7
        assert deadline.earlier(3).remaining == 3


def test_a_time_that_fits_is_not_shortened() -> None:
    assert Deadline().bounded(7) == 7
    assert Deadline.after(60).bounded(7) == 7


def test_the_earlier_one_counts(clock: Callable[[float], None]) -> None:
    deadline = Deadline.after(10)
    assert deadline.earlier(4) == Deadline.after(4)
    assert deadline.earlier(40) == deadline


def test_a_bounded_time_is_never_zero(clock: Callable[[float], None]) -> None:
    deadline = Deadline.after(10)
    assert deadline.bounded(4) == 4
    assert deadline.bounded(40) == 10
    clock(20)
    assert deadline.bounded(40) == 0.01

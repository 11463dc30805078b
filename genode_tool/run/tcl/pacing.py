"""The pace of typing: `send -s` and `send -h` with the variables that expect(1) has for them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from genode_tool.run.scenario.numbers import integer, seconds
from genode_tool.run.verdict import ScriptError

Piece = tuple[str, float]
"""What is typed at once, and the pause behind it in seconds."""


def slow_pieces(text: str, setting: Sequence[str]) -> Iterator[Piece]:
    """Return `text` as `send_slow` has it: a number of characters, and a pause in seconds.

    Raises `ScriptError` for a setting that is none.
    """
    _check("-s", "send_slow", setting, 2)
    try:
        size, pause = integer(setting[0]), seconds(setting[1])
    except ScriptError:
        raise ScriptError("send -s: found 0 value(s) in send_slow but need 2") from None
    if size < 1:
        raise ScriptError(f"send -s: size ({size}) in send_slow must be positive")
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return ((one, max(pause, 0.0)) for one in pieces)


def human_pieces(text: str, setting: Sequence[str]) -> Iterator[Piece]:
    """Return `text` as `send_human` has it: five numbers, times in seconds.

    They are the average pause between characters, that at the ends of words, the variability, the
    shortest and the longest pause. Raises `ScriptError` for a setting that is none.
    """
    _check("-h", "send_human", setting, 5)
    within, between, variability, least, most = (seconds(one) for one in setting[:5])
    if min(within, between, least, most) < 0 or variability <= 0:
        raise ScriptError("send -h: the values of send_human must be positive")
    return _typed(text, within, between, variability, least, most)


def _typed(
    text: str, within: float, between: float, variability: float, least: float, most: float
) -> Iterator[Piece]:
    before = ""
    for character in text:
        ends = before.isalnum() and not character.isalnum()
        pause = random.weibullvariate(between if ends else within, variability)
        before = character
        yield character, min(max(pause, least), most)


def _check(flag: str, name: str, setting: Sequence[str], wanted: int) -> None:
    if not setting:
        raise ScriptError(f"send {flag}: {name} has no value")
    if len(setting) < wanted:
        found = f"found {len(setting)} value(s) in {name} but need {wanted}"
        raise ScriptError(f"send {flag}: {found}")

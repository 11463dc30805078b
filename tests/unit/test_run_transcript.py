"""What the evidence of a verdict shows of a machine's log."""

from __future__ import annotations

import pytest

from genode_tool.run.record.transcript import LAST_LINES, Transcript


def _after(*texts: str) -> tuple[str, ...]:
    transcript = Transcript("test", lambda event: None, None, 0.0)
    for text in texts:
        transcript.serial(text)
    return transcript.last_lines


@pytest.mark.parametrize(
    ("texts", "lines"),
    [
        ((), ()),
        (("\r\n\r\n",), ()),
        (("one\r\ntwo\n",), ("one", "two")),
        (("one\ntw", "o"), ("one", "two")),  # a machine may die within a line
        (("one\ntwo\r",), ("one", "two")),
        (("one\n\r",), ("one",)),
    ],
)
def test_the_last_lines_include_one_without_an_end(
    texts: tuple[str, ...], lines: tuple[str, ...]
) -> None:
    assert _after(*texts) == lines


@pytest.mark.parametrize("end", ["\n", ""])
def test_no_more_than_the_last_lines_are_kept(end: str) -> None:
    numbers = [str(number) for number in range(LAST_LINES + 5)]
    assert _after("\n".join(numbers) + end) == tuple(numbers[5:])

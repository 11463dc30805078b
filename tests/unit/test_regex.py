"""Expressions that are compiled late behave as those that are compiled at once."""

from __future__ import annotations

import re

import pytest

from genode_tool.regex import regex


def test_an_expression_finds_what_re_finds() -> None:
    late, early = regex(r"(\w)(\d+)", re.ASCII), re.compile(r"(\w)(\d+)", re.ASCII)
    text = "a12 b3"
    for _ in range(2):  # the first use compiles it
        assert late.findall(text) == early.findall(text)
        assert late.sub(r"\2", text) == "12 3"
        assert [one.span() for one in late.finditer(text)] == [(0, 3), (4, 6)]
        assert late.match(text, 4) is not None
        assert late.fullmatch("a1").groups() == ("a", "1")  # type: ignore[union-attr]
    assert late.pattern == early.pattern
    assert late.groups == 2


def test_bytes_stay_bytes() -> None:
    assert regex(rb"a+").search(b"baab").group() == b"aa"  # type: ignore[union-attr]


def test_what_a_pattern_lacks_is_missing() -> None:
    with pytest.raises(AttributeError):
        regex("a").nothing  # type: ignore[attr-defined]  # noqa: B018


def test_an_error_shows_when_the_expression_is_used() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.match("a")

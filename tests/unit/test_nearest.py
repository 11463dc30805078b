"""Suggestions for mistyped names: similarity, and the hint."""

from __future__ import annotations

from genode_tool.nearest import did_you_mean, known_names, nearest


def test_the_most_similar_comes_first_and_others_stay_out() -> None:
    known = ("time", "timer", "tamer", "log", "timer")
    assert nearest("timmer", known) == ("timer",)
    assert nearest("trmer", known) == ("timer", "tamer")
    assert nearest("lgo", known) == ("log",)
    assert nearest("qq", known) == ()


def test_the_cut_off_is_inclusive() -> None:
    # The ratio is twice the common letters by all letters: 6/10 and 4/8 here.
    assert nearest("abcxx", ["abcyy"]) == ("abcyy",)
    assert nearest("abxx", ["abyy"]) == ()


def test_no_more_than_three_guesses() -> None:
    assert len(nearest("name0", [f"name{number}" for number in range(1, 9)])) == 3


def test_hints() -> None:
    assert did_you_mean("timr", ["timer", "log"]) == "did you mean `timer`?"
    assert did_you_mean("abcd", ["abcf", "abce"]) == "did you mean `abcf` or `abce`?"
    assert did_you_mean("abcd", []) == ""
    assert known_names(["b", "a", "b"]) == "known names: `b`, `a`"
    assert known_names(str(number) for number in range(13)).endswith("`11`, …")
    assert known_names([]) == ""

"""Numbers that others have written."""

from __future__ import annotations

import pytest

from genode_tool.decimal_number import decimal_number
from genode_tool.depot.archive.version import sort_key


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "\u00b2", "\u0663", "9" * 19, "9" * 5000])
def test_what_is_no_number(text: str) -> None:
    assert decimal_number(text) is None


def test_numbers() -> None:
    assert [decimal_number(text) for text in ("0", "007", "9" * 18)] == [0, 7, 10**18 - 1]


def test_versions_with_strange_digits_can_be_sorted() -> None:
    assert sorted(["2", "\u00b2", "10", "1\u0663"], key=sort_key)[:2] == ["1\u0663", "2"]

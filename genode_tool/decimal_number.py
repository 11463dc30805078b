"""Numbers that others have written: `int` raises for some of what looks like one."""

from __future__ import annotations

_MOST_DIGITS = 18  # more than any size, time or count has; `int` raises for thousands


def decimal_number(text: str) -> int | None:
    """Return the number of ASCII digits that `text` is, None for anything else.

    `str.isdigit` and `str.isdecimal` accept digits of all scripts, and superscript ones.
    """
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    return None

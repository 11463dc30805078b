"""Writes a text as one word of a Tcl list or script (Tcl(n), rules 4 to 9)."""

from __future__ import annotations

import re


def quote(text: str) -> str:
    """Return `text` as one word of a list or script."""
    if text and re.fullmatch(r"[\w./:+=,@%-]+", text, re.ASCII):
        return text
    if not text:
        return "{}"
    if "\\" not in text and text.count("{") == text.count("}") and _balanced(text):
        return "{" + text + "}"
    return re.sub(r'([\\\[\]{}$";\s#])', lambda match: _escape(match[1]), text)


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            return False
    return depth == 0


def _escape(character: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\v": "\\v", "\f": "\\f"}.get(
        character, "\\" + character
    )

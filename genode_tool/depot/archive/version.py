"""Versions of archives: which are allowed, and which comes next.

Dates and letters follow each other as in the original: `2026-01-28`, `2026-01-28-b`. Numbers are
compared as numbers, where the original compares text and takes 10 for less than 9.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable

from genode_tool.errors import UserError
from genode_tool.regex import regex

_PARTS = regex(r"[0-9]+|[^0-9]+")
_VALID = regex(r"[A-Za-z0-9][\w.+~-]*", re.ASCII)


def check_version(version: str, origin: str) -> str:
    """Return `version`. Raises `UserError`, which names the `origin`, if it cannot be one."""
    if not _VALID.fullmatch(version) or ".." in version or version == "incomplete":
        raise UserError(
            f"{origin}: `{version}` is not a version",
            hint="a version has letters, digits and `-._+~`, such as 2026-01-28-a",
        )
    return version


def sort_key(version: str) -> list[tuple[int, int, str]]:
    """Return a key that sorts versions: numbers by their value, before any other text."""
    parts = _PARTS.findall(version)
    return [(0, int(part), "") if part[0] in string.digits else (1, 0, part) for part in parts]


def next_version(current: str, proposed: str, is_free: Callable[[str], bool]) -> str:
    """Return the version after `current`: `proposed` if that is higher, else with a letter.

    Failing that, `current` with `-x`. What `is_free` refuses is skipped.
    """
    for candidate in (proposed, *(f"{proposed}-{one}" for one in string.ascii_lowercase)):
        if sort_key(candidate) > sort_key(current) and is_free(candidate):
            return candidate
    candidate = f"{current}-x"
    while not is_free(candidate):
        candidate += "x"
    return candidate

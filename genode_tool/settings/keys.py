"""Keys and values as TOML writes them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from enum import Enum

from genode_tool.errors import UserError
from genode_tool.regex import regex

_BARE = regex(r"[A-Za-z0-9_-]+")


def shown_key(path: Sequence[str]) -> str:
    """Return a dotted key, with quotation marks where TOML requires them."""
    return ".".join(
        name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False) for name in path
    )


def parse_key(text: str) -> tuple[str, ...]:
    """Return the names in a dotted key. Raises `UserError` for a malformed one."""
    try:
        # A line end in the text could smuggle a second statement in.
        found: object = tomllib.loads(f"{text} = 0") if "\n" not in text else None
    except tomllib.TOMLDecodeError:
        found = None
    if found is None:
        raise UserError(
            f"`{text}` is not a key",
            hint='put names with characters other than letters, digits, _ and - in "…"',
        )
    path: list[str] = []
    while isinstance(found, dict):
        ((name, found),) = found.items()
        path.append(name)
    return tuple(path)


def shown_value(value: object) -> str:
    """Return a value as TOML."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown_value(one) for one in value)}]"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)

"""Finding settings by their keys."""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.errors import Location, UserError
from genode_tool.nearest import did_you_mean
from genode_tool.settings.keys import parse_key, shown_key
from genode_tool.settings.layered import Entry, LayeredSettings
from genode_tool.settings.layers import TOOL
from genode_tool.settings.schema.topics import TOPICS

BUILT_IN = "built-in"
"""Stands for the layer of a value that no file has."""


def select(
    settings: LayeredSettings, keys: Sequence[str] = (), *, changed: bool = False
) -> list[Entry]:
    """Return the values whose keys are `keys` or begin with them; all without `keys`.

    With `changed`, only those that another layer than the tool's own has given. Raises
    `UserError` for a key that matches nothing, and for mistakes in the files.
    """
    every = [entry for topic in TOPICS for entry in settings.entries(topic)]
    if not keys:
        chosen = every
    else:
        chosen = [entry for key in keys for entry in _matching(settings, every, key)]
    return [one for one in chosen if not changed or one.layer not in (TOOL, BUILT_IN)]


def _matching(settings: LayeredSettings, every: Sequence[Entry], key: str) -> list[Entry]:
    path = parse_key(key)
    found = [entry for entry in every if entry.path[: len(path)] == path]
    if found:
        return found
    around = {entry.path[:size] for entry in every for size in range(1, len(entry.path) + 1)}
    if path[:-1] in around:
        for topic in TOPICS:
            try:
                value = settings.default(topic, path)
            except KeyError:
                continue
            return [Entry(path, value, BUILT_IN, Location(""))]
    names = [shown_key(one) for one in around if len(one) == len(path)]
    raise UserError(
        f"no such setting: `{key}`",
        hint=did_you_mean(key, names) or "`genode settings` lists all settings",
    )

"""Settings as lines of TOML with their origins, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from genode_tool.report.terminal import Terminal
from genode_tool.settings.keys import shown_key, shown_value
from genode_tool.settings.layered import Entry, LayeredSettings
from genode_tool.settings.schema.topics import TOPICS

_WIDEST = 60


def entry_lines(entries: Sequence[Entry], screen: Terminal) -> list[str]:
    """Return one line for each value: the key, the value, and as a comment where it comes from."""
    texts = [f"{shown_key(one.path)} = {shown_value(one.value)}" for one in entries]
    width = min(_WIDEST, max(map(len, texts), default=0))
    return [
        f"{text:<{width}}  {screen.paint(f'# {_origin(one)}', 'dim')}"
        for one, text in zip(entries, texts, strict=True)
    ]


def _origin(entry: Entry) -> str:
    return f"{entry.layer}: {entry.location}" if entry.location.file else entry.layer


def entry_data(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the values as plain data for JSON; `file` is None for a built-in default."""
    return [
        {
            "key": shown_key(one.path),
            "value": one.value,
            "layer": one.layer,
            "file": one.location.file or None,
            "line": one.location.line or None,
        }
        for one in entries
    ]


def file_data(settings: LayeredSettings) -> list[dict[str, Any]]:
    """Return all files that are looked for, as plain data; a later one of a topic wins."""
    return [
        {"topic": topic, "layer": layer, "file": str(path), "exists": path.is_file()}
        for topic, layer, path in _files(settings)
    ]


def file_lines(settings: LayeredSettings, screen: Terminal) -> list[str]:
    """Return a line for each file that is looked for."""
    lines = []
    for _, layer, path in _files(settings):
        mark = screen.paint("+", "green") if path.is_file() else "-"
        lines.append(f"{mark} {layer:<15}  {path}")
    return lines


def _files(settings: LayeredSettings) -> Iterator[tuple[str, str, Path]]:
    for topic in TOPICS:
        for layer, path in settings.files(topic):
            yield topic, layer.name, path

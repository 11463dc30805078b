"""How an error looks: what and where, the line in question, the way that led there, what to do.

The first line has the form that editors understand: `FILE:LINE:COLUMN: error: MESSAGE`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from genode_tool.errors import GenodeError, Location

Paint = Callable[..., str]

_LONGEST_EXCERPT = 160


def _plain(text: str, *_styles: str) -> str:
    return text


def problem_lines(error: GenodeError, paint: Paint = _plain) -> list[str]:
    """Return the lines that tell the user about `error`."""
    where = str(error.location) if error.location else "genode"
    lines = [f"{paint(where, 'bold')}: {paint('error', 'red', 'bold')}: {error.message}"]
    if error.location:
        lines += excerpt(error.location, paint)
    lines += [f"  {paint(entry, 'dim')}" for entry in error.trail]
    if error.hint:
        lines.append(f"  {paint('hint', 'cyan')}: {error.hint}")
    return lines


def excerpt(location: Location, paint: Paint) -> list[str]:
    """Return the source line that `location` names and a caret under its column, if readable."""
    if not location.line:
        return []
    try:
        with Path(location.file).open(encoding="utf-8", errors="replace") as file:
            text = next((t for n, t in enumerate(file, 1) if n == location.line), "").rstrip()
    except OSError:
        return []
    if not text or len(text) > _LONGEST_EXCERPT:
        return []
    margin = f"{location.line:>5} | "
    lines = [paint(margin, "dim") + text]
    if 0 < location.column <= len(text) + 1:
        # Tabs stay tabs, so that the caret stands under its place however wide they are shown.
        before = "".join("\t" if c == "\t" else " " for c in text[: location.column - 1])
        lines.append(paint(" " * 5 + " | ", "dim") + before + paint("^", "red", "bold"))
    return lines

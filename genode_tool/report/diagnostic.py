"""Renders diagnostics: what and where, the line in question, the way that led there, what to do.

The first line has the form that editors understand: `FILE:LINE:COLUMN: error: TEXT`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from genode_tool.errors import Diagnostic, Location, Severity

Paint = Callable[..., str]

_LONGEST_EXCERPT = 160
_STYLES = {
    Severity.ERROR: ("red", "bold"),
    Severity.WARNING: ("yellow", "bold"),
    Severity.INFO: ("cyan",),
}


def _plain(text: str, *_styles: str) -> str:
    return text


def diagnostic_lines(
    diagnostic: Diagnostic, paint: Paint = _plain, *, about: str = "", below_heading: bool = False
) -> list[str]:
    """Return the lines that show `diagnostic`.

    `about` stands behind the text. `below_heading` is for one of many whose heading says how
    severe they all are: without a location it is its text alone.
    """
    where = str(diagnostic.location) if diagnostic.location else "genode"
    start = f"{paint(where, 'bold')}: {severity_word(diagnostic.severity, paint)}: "
    if below_heading and diagnostic.location is None:
        start = ""
    # One line, also when the name of a file has several.
    lines = [f"{start}{diagnostic.text}{about}".replace("\n", "\\n")]
    if diagnostic.location:
        lines += _excerpt(diagnostic.location, paint)
    lines += [f"  {paint(entry, 'dim')}" for entry in diagnostic.trail]
    if diagnostic.hint:
        lines.append(f"  {hint_line(diagnostic.hint, paint)}")
    return lines


def severity_word(severity: Severity, paint: Paint) -> str:
    """Return the word for a severity in its color."""
    shown = Severity.WARNING if severity is Severity.LINT else severity
    return paint(shown.value, *_STYLES[shown])


def hint_line(hint: str, paint: Paint) -> str:
    """Return the line that says what to do."""
    return f"{paint('hint', 'cyan')}: {hint}"


def _excerpt(location: Location, paint: Paint) -> list[str]:
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

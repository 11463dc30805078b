"""The capabilities of the stream that is written to: colour, live updates, width."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from enum import Enum
from typing import TextIO

from genode_tool.record import record
from genode_tool.report.control import clean_lines

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


class ColorMode(Enum):
    """The user's wish; `--color`."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@record
class Terminal:
    """A text stream and what it can show. `width` is in columns."""

    stream: TextIO
    color: bool
    live: bool
    width: int

    def paint(self, text: str, *styles: str) -> str:
        """Return `text` in `styles` (names of colours, "bold", "dim"), or as it is."""
        if not self.color or not text or not styles:
            return text
        codes = ";".join(_CODES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def line(self, text: str = "") -> None:
        """Write text as lines and flush, so that a pipe shows them when it happens.

        No control sequence gets through but colours, if there are any: parts of the text come from
        outside.
        """
        self.stream.write(f"{clean_lines(text, color=self.color)}\n")
        self.stream.flush()


def terminal(
    stream: TextIO, mode: ColorMode = ColorMode.AUTO, environ: Mapping[str, str] | None = None
) -> Terminal:
    """Return what `stream` can show.

    Colours follow `mode`, then NO_COLOR (no-color.org: set and not empty means none); live
    updates need a terminal that can move its cursor and nobody who records (CI).
    """
    env = os.environ if environ is None else environ
    tty = stream.isatty() and env.get("TERM", "") not in ("", "dumb")
    color = mode is ColorMode.ALWAYS or (mode is ColorMode.AUTO and tty and not env.get("NO_COLOR"))
    return Terminal(
        stream=stream,
        color=color,
        live=tty and not env.get("CI"),
        width=shutil.get_terminal_size((100, 24)).columns,
    )

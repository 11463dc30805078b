"""Record what a command leaves on a terminal as an SVG picture for the documentation.

    python tool/record.py docs/pictures/run-timer.svg 'tool/genode run timer'

Runs the command on a terminal of its own and draws the screen at the end, colours included.
Needs the packages pexpect, pyte and rich.
"""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 100, 300
SHOWN_ROWS = 32
SECONDS = 300


def main() -> None:
    """Record the command line given as the second argument into the file named first."""
    picture, command = Path(sys.argv[1]), sys.argv[2]
    child = pexpect.spawn(
        "/bin/sh", ["-c", command], dimensions=(ROWS, COLUMNS), timeout=SECONDS, encoding="utf-8"
    )
    child.expect(pexpect.EOF)
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed(str(child.before))

    lines = [_line(screen, row) for row in range(ROWS)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    if len(lines) > SHOWN_ROWS:
        lines = [*lines[: SHOWN_ROWS // 2], Text("…"), *lines[-SHOWN_ROWS // 2 :]]
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text(f"$ {command}", style="bold"))
    for line in lines:
        console.print(line)
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(console.export_svg(title="genode"))


def _line(screen: pyte.Screen, row: int) -> Text:
    text = Text()
    for column in range(COLUMNS):
        cell = screen.buffer[row][column]
        colour = {"default": "", "brown": "yellow"}.get(cell.fg, cell.fg)
        text.append(cell.data, f"{'bold ' if cell.bold else ''}{colour}".strip())
    text.rstrip()
    return text


if __name__ == "__main__":
    main()

"""The marks that a picture of components consists of: colours, text, chips, the legend."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from genode_tool.config.routing.chart import Bond

INK, SOFT = "#16263a", "#5c6b7c"
COLORS = {Bond.EXPLICIT: "#1d4e89", Bond.WILDCARD: "#d07a00", Bond.BROKEN: "#c1121f"}
SERVICE = "#2a7f5f"
CHIP_HEIGHT = 20.0


@dataclass(slots=True)
class Chip:
    """A small framed word. `x`, `y` are relative to the box that it is in."""

    text: str
    color: str
    dashed: bool = False
    filled: bool = False
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        """The width in pixels."""
        return text_width(self.text, 11.5, bold=True) + 12


def marker(bond: Bond) -> str:
    """Return the head of arrows of a kind."""
    return (
        f'<marker id="{bond.value}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8"'
        f' markerHeight="8" orient="auto-start-reverse"><path d="M0 0.8 L10 5 L0 9.2 Z"'
        f' fill="{COLORS[bond]}"/></marker>'
    )


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is at most, whatever sans-serif font is there."""
    narrow = sum(0.36 if c in "ijlI.,:;' |-" else 0.77 if c.isupper() else 0.64 for c in text)
    return size * narrow * (1.09 if bold else 1.0)


def text_element(
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    fill: str = INK,
    weight: int = 400,
    anchor: str = "start",
    halo: bool = False,
) -> str:
    """Return a line of text."""
    around = ' paint-order="stroke" stroke="#ffffff" stroke-width="4"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"'
        f' font-weight="{weight}" text-anchor="{anchor}"{around}>{escape(text)}</text>'
    )


def draw_chip(chip: Chip, x: float, y: float, out: list[str]) -> None:
    """Draw a chip in a box whose upper left corner is at (x, y)."""
    dash = ' stroke-dasharray="4 3"' if chip.dashed else ""
    fill = chip.color if chip.filled else "#ffffff"
    out.append(
        f'<rect x="{x + chip.x:.1f}" y="{y + chip.y:.1f}" width="{chip.width:.1f}"'
        f' height="{CHIP_HEIGHT:.0f}" rx="5" fill="{fill}" stroke="{chip.color}"{dash}/>'
    )
    ink = "#ffffff" if chip.filled else chip.color
    out.append(text_element(x + chip.x + 7, y + chip.y + 14, chip.text, 11.5, fill=ink, weight=600))


def legend(x: float, y: float) -> list[str]:
    """Return what lines and marks mean, in two rows."""
    out = []
    begin = x
    for bond, words in (
        (Bond.EXPLICIT, "explicit route"),
        (Bond.WILDCARD, "through a wildcard"),
    ):
        dash = ' stroke-dasharray="7 5"' if bond is Bond.WILDCARD else ""
        out.append(
            f'<path d="M{x:.0f} {y:.0f} h44" stroke="{COLORS[bond]}" stroke-width="1.8"{dash}'
            f' marker-end="url(#{bond.value})"/>'
        )
        out.append(text_element(x + 54, y + 4, words, 12, fill=SOFT))
        x += 84 + text_width(words, 12)
    x, y = begin, y + 28
    for chip, words in (
        (Chip("Service", SERVICE, filled=True), "provided"),
        (Chip("Service", COLORS[Bond.EXPLICIT]), "from the parent"),
        (Chip("any: Service", COLORS[Bond.WILDCARD], dashed=True), "the same by wildcard"),
        (Chip("Service \u2192 nobody", COLORS[Bond.BROKEN]), "refused"),
    ):
        draw_chip(chip, x, y - 10, out)
        out.append(text_element(x + chip.width + 6, y + 4, words, 12, fill=SOFT))
        x += chip.width + 22 + text_width(words, 12)
    return out

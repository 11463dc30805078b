"""Arrows between components: where they touch, how they bend, what is written on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from genode_tool.config.routing.chart import Arrow, Bond
from genode_tool.report.chart.layout import Item, Layout
from genode_tool.report.chart.marks import COLORS, text_element, text_width


def draw_arrows(
    arrows: Sequence[Arrow], layout: Layout, x: float, y: float, out: list[str], labels: Labels
) -> None:
    """Draw the arrows of a layout whose upper left corner is at (x, y)."""
    items, ways = layout.items, layout.ways
    leaving = _ports(items, ways, first=True)
    arriving = _ports(items, ways, first=False)
    for index, (arrow, way) in enumerate(zip(arrows, ways, strict=True)):
        downwards = items[way[0]].y <= items[way[-1]].y
        points = [(x + leaving[index], y + _edge(items[way[0]], bottom=downwards))]
        for number in way[1:-1]:
            item = items[number]
            ends = [(item.middle, item.y), (item.middle, item.y + item.height)]
            points += [(x + a, y + b) for a, b in (ends if downwards else ends[::-1])]
        points.append((x + arriving[index], y + _edge(items[way[-1]], bottom=not downwards)))
        dash = ' stroke-dasharray="7 5"' if arrow.bond is Bond.WILDCARD else ""
        out.append(
            f'<path d="{_curve(points)}" fill="none" stroke="{COLORS[arrow.bond]}"'
            f' stroke-width="1.8"{dash} marker-end="url(#{arrow.bond.value})"/>'
        )
        labels.add(arrow, points)


def _edge(item: Item, *, bottom: bool) -> float:
    return item.y + item.height if bottom else item.y


def _ports(items: list[Item], ways: list[list[int]], *, first: bool) -> list[float]:
    """Return where each arrow touches its component, ordered by where it comes from."""
    result = [0.0] * len(ways)
    at: dict[tuple[int, bool], list[int]] = {}
    for index, way in enumerate(ways):
        end, other = (way[0], way[-1]) if first else (way[-1], way[0])
        at.setdefault((end, items[end].y <= items[other].y), []).append(index)
    for (end, _), touching in at.items():
        item = items[end]
        touching.sort(key=lambda i: items[ways[i][1 if first else -2]].middle)
        step = item.width / (len(touching) + 1)
        for place, index in enumerate(touching, 1):
            result[index] = item.x + step * place
    return result


def _curve(points: list[tuple[float, float]]) -> str:
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for a, b in rest:
        half = (b - y) / 2
        parts.append(f"C{x:.1f} {y + half:.1f} {a:.1f} {b - half:.1f} {a:.1f} {b:.1f}")
        x, y = a, b
    return " ".join(parts)


@dataclass(slots=True)
class Labels:
    """The names of services beside arrows, none on top of another as far as that is possible."""

    texts: list[str] = field(default_factory=list)
    _taken: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, arrow: Arrow, points: list[tuple[float, float]]) -> None:
        """Write the services on the last part of an arrow, or else on its first one."""
        if not arrow.uses:
            return
        names = [use.shown for use in arrow.uses]
        text = ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")
        half = text_width(text, 12, bold=True) / 2
        parts = [(points[-2], points[-1]), (points[0], points[1])]
        places = [
            _on_curve(*part, share)
            for part in parts
            for share in (0.5, 0.62, 0.38, 0.72, 0.28, 0.8)
        ]
        x, y = next((one for one in places if self._free(*one, half)), places[0])
        self._taken.append((x, y, half))
        self.texts.append(
            text_element(
                x,
                y + 4,
                text,
                12,
                fill=COLORS[arrow.bond],
                weight=600,
                anchor="middle",
                halo=True,
            )
        )

    def _free(self, x: float, y: float, half: float) -> bool:
        return all(abs(x - a) > half + other or abs(y - b) > 13 for a, b, other in self._taken)


def _on_curve(
    begin: tuple[float, float], end: tuple[float, float], share: float
) -> tuple[float, float]:
    """Return a point of the curve between two points, whose tangents there are vertical."""
    (ax, ay), (bx, by) = begin, end
    t, s, middle = share, 1 - share, (begin[1] + end[1]) / 2
    weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
    x = sum(w * v for w, v in zip(weights, (ax, ax, bx, bx), strict=True))
    y = sum(w * v for w, v in zip(weights, (ay, middle, middle, by), strict=True))
    return x, y

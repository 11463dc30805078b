"""A chart of components as an SVG picture, drawn without outside programs.

Clients are above their servers; what a component gets from its parent is written into its box. Full
lines are explicit routes, dashed ones come from wildcards. Instances of init are frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from genode_tool.config.chart import Arrow, Bond, Box, Chart, Use
from genode_tool.report.config_layout import Item, Layout, lay_out

_FONT = "'Source Sans 3','Source Sans Pro','Noto Sans','DejaVu Sans',Helvetica,Arial,sans-serif"
_INK, _SOFT, _PAPER = "#16263a", "#5c6b7c", "#ffffff"
_COLORS = {Bond.EXPLICIT: "#1d4e89", Bond.WILDCARD: "#d07a00", Bond.BROKEN: "#c1121f"}
_SERVICE = "#2a7f5f"
_FRAMES = ("#f4f7fb", "#e9eff7", "#dfe8f3", "#d5e0ef")
_MARGIN, _HEAD, _PAD, _CHIP, _WIDEST = 28.0, 54.0, 14.0, 20.0, 300.0
_ANY = "any child"


@dataclass(slots=True)
class _Chip:
    text: str
    color: str
    dashed: bool = False
    filled: bool = False
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        return _text_width(self.text, 11.5, bold=True) + 12


@dataclass(slots=True)
class _Drawn:
    """A box with its size and content; `inside` is the picture of its instance of init."""

    box: Box | None
    width: float = 0.0
    height: float = 0.0
    title: str = ""
    subtitle: str = ""
    chips: list[_Chip] = field(default_factory=list)
    inside: _Picture | None = None


@dataclass(slots=True)
class _Picture:
    """An instance of init, laid out."""

    chart: Chart
    drawn: list[_Drawn]
    arrows: list[Arrow]
    layout: Layout
    width: float
    height: float


def svg(chart: Chart, title: str) -> str:
    """Return the picture of a chart; `title` is written above it."""
    picture = _picture(chart)
    legend_width = 780.0
    width = max(picture.width, legend_width) + 2 * _MARGIN
    head = 64.0
    foot = 132.0
    height = picture.height + head + foot
    left = (width - picture.width) / 2
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" font-family="{_FONT}">',
        "<defs>",
        *(_marker(bond) for bond in Bond),
        "</defs>",
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
        _text(_MARGIN, 42, title, 26, weight=700),
    ]
    _draw(picture, left, head, 0, out)
    y = head + picture.height + 12
    services = "  ·  ".join(chart.parent_provides) or "nothing"
    out.append(
        f'<rect x="{left:.1f}" y="{y:.1f}" width="{picture.width:.1f}" height="36" rx="6"'
        f' fill="{_INK}"/>'
    )
    out.append(_text(left + 16, y + 23, f"core and kernel:  {services}", 13.5, fill="#ffffff"))
    out += _legend(_MARGIN, y + 68)
    out.append("</svg>")
    return "\n".join(out) + "\n"


def _marker(bond: Bond) -> str:
    return (
        f'<marker id="{bond.value}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8"'
        f' markerHeight="8" orient="auto-start-reverse"><path d="M0 0.8 L10 5 L0 9.2 Z"'
        f' fill="{_COLORS[bond]}"/></marker>'
    )


def _text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a text is at most, whatever sans-serif font is there."""
    narrow = sum(0.36 if c in "ijlI.,:;' |-" else 0.77 if c.isupper() else 0.64 for c in text)
    return size * narrow * (1.09 if bold else 1.0)


def _text(
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    fill: str = _INK,
    weight: int = 400,
    anchor: str = "start",
    halo: bool = False,
) -> str:
    around = ' paint-order="stroke" stroke="#ffffff" stroke-width="4"' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"'
        f' font-weight="{weight}" text-anchor="{anchor}"{around}>{escape(text)}</text>'
    )


def _picture(chart: Chart) -> _Picture:
    drawn = [_box(one) for one in chart.boxes]
    arrows = list(chart.arrows)
    wild = [one for one in arrows if one.bond is Bond.WILDCARD]
    if len({one.client for one in wild}) > 1:
        # Wildcards meet in one place: each client may end up at each of these servers.
        any_child = len(drawn)
        size = _text_width(_ANY, 13, bold=True) + 36
        drawn.append(_Drawn(None, size, 30.0, _ANY))
        arrows = [one for one in arrows if one.bond is not Bond.WILDCARD]
        for client in dict.fromkeys(one.client for one in wild):
            arrows.append(Arrow(client, any_child, Bond.WILDCARD, ()))
        for server in dict.fromkeys(one.server for one in wild):
            uses = {use.shown: use for one in wild if one.server == server for use in one.uses}
            arrows.append(Arrow(any_child, server, Bond.WILDCARD, tuple(uses.values())))
    layout = lay_out(
        [(one.width, one.height) for one in drawn], [(one.client, one.server) for one in arrows]
    )
    least = _text_width(" > ".join(chart.path), 15, bold=True) + 20
    width = max(layout.width, least) + 2 * _PAD
    height = layout.height + _HEAD + _PAD
    return _Picture(chart, drawn, arrows, layout, width, height)


def _box(box: Box) -> _Drawn:
    drawn = _Drawn(box, title=box.name)
    parts = [] if box.binary == box.name else [box.binary]
    if box.ram is not None:
        parts.append(_bytes(box.ram))
    drawn.subtitle = "  ·  ".join(parts)
    for name in box.provides:
        text = f"{name} \u2191" if name in box.exports else name
        drawn.chips.append(_Chip(text, _SERVICE, filled=True))
    drawn.chips += _parent_chips(box.from_parent)
    for name, _ in box.broken:
        drawn.chips.append(_Chip(f"{name} \u2192 nobody", _COLORS[Bond.BROKEN]))
    if box.inner is not None:
        drawn.inside = _picture(box.inner)
    widest = drawn.inside.width if drawn.inside else 0.0
    title = _text_width(drawn.title, 15.5, bold=True)
    limit = max(_WIDEST, widest, title + 2 * _PAD)
    used = _arrange(drawn.chips, limit - 2 * _PAD, 30.0 + (18.0 if drawn.subtitle else 0.0))
    row = max((chip.x + chip.width for chip in drawn.chips), default=0.0)
    drawn.width = max(title, _text_width(drawn.subtitle, 11.5), row, 90.0) + 2 * _PAD
    drawn.width = max(drawn.width, widest + 2 * _PAD if drawn.inside else 0.0)
    drawn.height = used + 10
    if drawn.inside:
        drawn.height += drawn.inside.height + 10
    return drawn


def _parent_chips(uses: tuple[Use, ...]) -> list[_Chip]:
    """Return chips for what comes from the parent, one for all that wildcards bring."""
    chips = [_Chip(one.shown, _COLORS[Bond.EXPLICIT]) for one in uses if one.bond is Bond.EXPLICIT]
    wild = [one.shown for one in uses if one.bond is Bond.WILDCARD]
    if wild:
        shown = " ".join(wild) if len(wild) <= 4 else f"{' '.join(wild[:3])} +{len(wild) - 3}"
        chips.append(_Chip(f"any: {shown}", _COLORS[Bond.WILDCARD], dashed=True))
    return chips


def _arrange(chips: list[_Chip], limit: float, top: float) -> float:
    """Place chips in rows; return the height that is used."""
    x, y = 0.0, top
    for chip in chips:
        if x and x + chip.width > limit:
            x, y = 0.0, y + _CHIP + 4
        chip.x, chip.y = x, y
        x += chip.width + 6
    return y + _CHIP if chips else top


def _bytes(count: int) -> str:
    for unit, size in (("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)):
        if count >= size and count % size == 0:
            return f"{count // size}{unit}"
    return str(count)


def _draw(picture: _Picture, x: float, y: float, depth: int, out: list[str]) -> None:
    """Draw an instance of init with its upper left corner at (x, y)."""
    fill = _FRAMES[min(depth, len(_FRAMES) - 1)]
    out.append(
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{picture.width:.1f}"'
        f' height="{picture.height:.1f}" rx="12" fill="{fill}" stroke="#b7c4d3"/>'
    )
    out.append(_text(x + _PAD, y + 24, " \u203a ".join(picture.chart.path), 15, weight=700))
    if depth:
        given = " ".join(picture.chart.parent_provides)
        out.append(_text(x + _PAD, y + 40, f"from its parent: {given}", 11.5, fill=_SOFT))
    left = x + (picture.width - picture.layout.width) / 2
    top = y + _HEAD
    labels: list[str] = []
    _draw_arrows(picture, left, top, out, labels)
    for item in picture.layout.items:
        if item.box is not None:
            _draw_box(picture.drawn[item.box], left + item.x, top + item.y, depth, out)
    out += labels


def _draw_box(drawn: _Drawn, x: float, y: float, depth: int, out: list[str]) -> None:
    if drawn.box is None:
        color = _COLORS[Bond.WILDCARD]
        out.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{drawn.width:.1f}" height="{drawn.height:.1f}"'
            f' rx="{drawn.height / 2:.1f}" fill="#fff4e3" stroke="{color}"'
            ' stroke-dasharray="6 4" stroke-width="1.6"/>'
        )
        middle = x + drawn.width / 2
        out.append(_text(middle, y + 20, drawn.title, 13, fill=color, weight=600, anchor="middle"))
        return
    broken = bool(drawn.box.broken)
    edge = _COLORS[Bond.BROKEN] if broken else "#8fa3b8"
    out.append(
        f'<rect x="{x + 1.5:.1f}" y="{y + 2.5:.1f}" width="{drawn.width:.1f}"'
        f' height="{drawn.height:.1f}" rx="8" fill="{_INK}" fill-opacity="0.13"/>'
        f'<g><title>{escape(_tip(drawn.box))}</title><rect x="{x:.1f}" y="{y:.1f}"'
        f' width="{drawn.width:.1f}" height="{drawn.height:.1f}" rx="8" fill="#ffffff"'
        f' stroke="{edge}" stroke-width="1.3"/></g>'
    )
    out.append(_text(x + _PAD, y + 23, drawn.title, 15.5, weight=700))
    if drawn.subtitle:
        out.append(_text(x + _PAD, y + 39, drawn.subtitle, 11.5, fill=_SOFT))
    for chip in drawn.chips:
        _draw_chip(chip, x + _PAD, y, out)
    if drawn.inside:
        inner_x = x + (drawn.width - drawn.inside.width) / 2
        inner_y = y + drawn.height - drawn.inside.height - 10
        _draw(drawn.inside, inner_x, inner_y, depth + 1, out)


def _draw_chip(chip: _Chip, x: float, y: float, out: list[str]) -> None:
    dash = ' stroke-dasharray="4 3"' if chip.dashed else ""
    fill = chip.color if chip.filled else "#ffffff"
    out.append(
        f'<rect x="{x + chip.x:.1f}" y="{y + chip.y:.1f}" width="{chip.width:.1f}"'
        f' height="{_CHIP:.0f}" rx="5" fill="{fill}" stroke="{chip.color}"{dash}/>'
    )
    ink = "#ffffff" if chip.filled else chip.color
    out.append(_text(x + chip.x + 7, y + chip.y + 14, chip.text, 11.5, fill=ink, weight=600))


def _tip(box: Box) -> str:
    lines = [f"{box.name}: program {box.binary}"]
    lines += [f"from the parent: {one.shown} ({one.bond.value})" for one in box.from_parent]
    lines += [f"{name}: nobody answers, {why}" for name, why in box.broken]
    return "\n".join(lines)


def _draw_arrows(picture: _Picture, x: float, y: float, out: list[str], labels: list[str]) -> None:
    items, ways = picture.layout.items, picture.layout.ways
    leaving = _ports(items, ways, first=True)
    arriving = _ports(items, ways, first=False)
    for index, (arrow, way) in enumerate(zip(picture.arrows, ways, strict=True)):
        downwards = items[way[0]].y <= items[way[-1]].y
        points = [(x + leaving[index], y + _edge(items[way[0]], bottom=downwards))]
        for number in way[1:-1]:
            item = items[number]
            ends = [(item.middle, item.y), (item.middle, item.y + item.height)]
            points += [(x + a, y + b) for a, b in (ends if downwards else ends[::-1])]
        points.append((x + arriving[index], y + _edge(items[way[-1]], bottom=not downwards)))
        dash = ' stroke-dasharray="7 5"' if arrow.bond is Bond.WILDCARD else ""
        out.append(
            f'<path d="{_curve(points)}" fill="none" stroke="{_COLORS[arrow.bond]}"'
            f' stroke-width="1.8"{dash} marker-end="url(#{arrow.bond.value})"/>'
        )
        _label(arrow, points, index, labels)


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


def _label(arrow: Arrow, points: list[tuple[float, float]], index: int, labels: list[str]) -> None:
    """Write the services beside the last part of an arrow."""
    if not arrow.uses:
        return
    names = [use.shown for use in arrow.uses]
    text = ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")
    (ax, ay), (bx, by) = points[-2], points[-1]
    share = (0.42, 0.58, 0.72)[index % 3]
    # On the curve itself, whose tangents are vertical at both ends.
    t, s = share, 1 - share
    px = s**3 * ax + 3 * s * s * t * ax + 3 * s * t * t * bx + t**3 * bx
    middle = (ay + by) / 2
    py = s**3 * ay + 3 * s * s * t * middle + 3 * s * t * t * middle + t**3 * by
    labels.append(
        _text(
            px, py + 4, text, 12, fill=_COLORS[arrow.bond], weight=600, anchor="middle", halo=True
        )
    )


def _legend(x: float, y: float) -> list[str]:
    """Return what lines and marks mean, in two rows."""
    out = []
    begin = x
    for bond, words in (
        (Bond.EXPLICIT, "explicit route"),
        (Bond.WILDCARD, "through a wildcard"),
    ):
        dash = ' stroke-dasharray="7 5"' if bond is Bond.WILDCARD else ""
        out.append(
            f'<path d="M{x:.0f} {y:.0f} h44" stroke="{_COLORS[bond]}" stroke-width="1.8"{dash}'
            f' marker-end="url(#{bond.value})"/>'
        )
        out.append(_text(x + 54, y + 4, words, 12, fill=_SOFT))
        x += 84 + _text_width(words, 12)
    x, y = begin, y + 28
    for chip, words in (
        (_Chip("Service", _SERVICE, filled=True), "provided"),
        (_Chip("Service", _COLORS[Bond.EXPLICIT]), "from the parent"),
        (_Chip("any: Service", _COLORS[Bond.WILDCARD], dashed=True), "the same by wildcard"),
        (_Chip("Service \u2192 nobody", _COLORS[Bond.BROKEN]), "refused"),
    ):
        _draw_chip(chip, x, y - 10, out)
        out.append(_text(x + chip.width + 6, y + 4, words, 12, fill=_SOFT))
        x += chip.width + 22 + _text_width(words, 12)
    return out

"""A chart of components as an SVG picture, drawn without outside programs.

Clients are above their servers; what a component gets from its parent is written into its box. Full
lines are explicit routes, dashed ones come from wildcards. Instances of init are frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from genode_tool.config.routing.chart import Arrow, Bond, Box, Chart, Use
from genode_tool.report.chart.arrows import Labels, draw_arrows
from genode_tool.report.chart.layout import Layout, lay_out
from genode_tool.report.chart.marks import (
    CHIP_HEIGHT,
    COLORS,
    INK,
    SERVICE,
    SOFT,
    Chip,
    draw_chip,
    legend,
    marker,
    text_element,
    text_width,
)

_FONT = "'Source Sans 3','Source Sans Pro','Noto Sans','DejaVu Sans',Helvetica,Arial,sans-serif"
_PAPER = "#ffffff"
_FRAMES = ("#f4f7fb", "#e9eff7", "#dfe8f3", "#d5e0ef")
_MARGIN, _HEAD, _PAD, _WIDEST = 28.0, 54.0, 14.0, 300.0
_ANY = "any child"


@dataclass(slots=True)
class _Drawn:
    """A box with its size and content; `inside` is the picture of its instance of init."""

    box: Box | None
    width: float = 0.0
    height: float = 0.0
    title: str = ""
    subtitle: str = ""
    chips: list[Chip] = field(default_factory=list)
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
        *(marker(bond) for bond in Bond),
        "</defs>",
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
        text_element(_MARGIN, 42, title, 26, weight=700),
    ]
    _draw(picture, left, head, 0, out)
    y = head + picture.height + 12
    services = "  ·  ".join(chart.parent_provides) or "nothing"
    out.append(
        f'<rect x="{left:.1f}" y="{y:.1f}" width="{picture.width:.1f}" height="36" rx="6"'
        f' fill="{INK}"/>'
    )
    out.append(
        text_element(left + 16, y + 23, f"core and kernel:  {services}", 13.5, fill="#ffffff")
    )
    out += legend(_MARGIN, y + 68)
    out.append("</svg>")
    return "\n".join(out) + "\n"


def _picture(chart: Chart) -> _Picture:
    drawn = [_box(one) for one in chart.boxes]
    arrows = list(chart.arrows)
    wild = [one for one in arrows if one.bond is Bond.WILDCARD]
    if len({one.client for one in wild}) > 1:
        # Wildcards meet in one place: each client may end up at each of these servers.
        any_child = len(drawn)
        size = text_width(_ANY, 13, bold=True) + 36
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
    least = text_width(" > ".join(chart.path), 15, bold=True) + 20
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
        drawn.chips.append(Chip(text, SERVICE, filled=True))
    drawn.chips += _parent_chips(box.from_parent)
    for name, _ in box.broken:
        drawn.chips.append(Chip(f"{name} \u2192 nobody", COLORS[Bond.BROKEN]))
    if box.inner is not None:
        drawn.inside = _picture(box.inner)
    widest = drawn.inside.width if drawn.inside else 0.0
    title = text_width(drawn.title, 15.5, bold=True)
    limit = max(_WIDEST, widest, title + 2 * _PAD)
    used = _arrange(drawn.chips, limit - 2 * _PAD, 30.0 + (18.0 if drawn.subtitle else 0.0))
    row = max((chip.x + chip.width for chip in drawn.chips), default=0.0)
    drawn.width = max(title, text_width(drawn.subtitle, 11.5), row, 90.0) + 2 * _PAD
    drawn.width = max(drawn.width, widest + 2 * _PAD if drawn.inside else 0.0)
    drawn.height = used + 10
    if drawn.inside:
        drawn.height += drawn.inside.height + 10
    return drawn


def _parent_chips(uses: tuple[Use, ...]) -> list[Chip]:
    """Return chips for what comes from the parent, one for all that wildcards bring."""
    chips = [Chip(one.shown, COLORS[Bond.EXPLICIT]) for one in uses if one.bond is Bond.EXPLICIT]
    wild = [one.shown for one in uses if one.bond is Bond.WILDCARD]
    if wild:
        shown = " ".join(wild) if len(wild) <= 4 else f"{' '.join(wild[:3])} +{len(wild) - 3}"
        chips.append(Chip(f"any: {shown}", COLORS[Bond.WILDCARD], dashed=True))
    return chips


def _arrange(chips: list[Chip], limit: float, top: float) -> float:
    """Place chips in rows; return the height that is used."""
    x, y = 0.0, top
    for chip in chips:
        if x and x + chip.width > limit:
            x, y = 0.0, y + CHIP_HEIGHT + 4
        chip.x, chip.y = x, y
        x += chip.width + 6
    return y + CHIP_HEIGHT if chips else top


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
    out.append(text_element(x + _PAD, y + 24, " \u203a ".join(picture.chart.path), 15, weight=700))
    if depth:
        given = " ".join(picture.chart.parent_provides)
        out.append(text_element(x + _PAD, y + 40, f"from its parent: {given}", 11.5, fill=SOFT))
    left = x + (picture.width - picture.layout.width) / 2
    top = y + _HEAD
    labels = Labels()
    draw_arrows(picture.arrows, picture.layout, left, top, out, labels)
    for item in picture.layout.items:
        if item.box is not None:
            _draw_box(picture.drawn[item.box], left + item.x, top + item.y, depth, out)
    out += labels.texts


def _draw_box(drawn: _Drawn, x: float, y: float, depth: int, out: list[str]) -> None:
    if drawn.box is None:
        color = COLORS[Bond.WILDCARD]
        out.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{drawn.width:.1f}" height="{drawn.height:.1f}"'
            f' rx="{drawn.height / 2:.1f}" fill="#fff4e3" stroke="{color}"'
            ' stroke-dasharray="6 4" stroke-width="1.6"/>'
        )
        middle = x + drawn.width / 2
        out.append(
            text_element(middle, y + 20, drawn.title, 13, fill=color, weight=600, anchor="middle")
        )
        return
    broken = bool(drawn.box.broken)
    edge = COLORS[Bond.BROKEN] if broken else "#8fa3b8"
    out.append(
        f'<rect x="{x + 1.5:.1f}" y="{y + 2.5:.1f}" width="{drawn.width:.1f}"'
        f' height="{drawn.height:.1f}" rx="8" fill="{INK}" fill-opacity="0.13"/>'
        f'<g><title>{escape(_tip(drawn.box))}</title><rect x="{x:.1f}" y="{y:.1f}"'
        f' width="{drawn.width:.1f}" height="{drawn.height:.1f}" rx="8" fill="#ffffff"'
        f' stroke="{edge}" stroke-width="1.3"/></g>'
    )
    out.append(text_element(x + _PAD, y + 23, drawn.title, 15.5, weight=700))
    if drawn.subtitle:
        out.append(text_element(x + _PAD, y + 39, drawn.subtitle, 11.5, fill=SOFT))
    for chip in drawn.chips:
        draw_chip(chip, x + _PAD, y, out)
    if drawn.inside:
        inner_x = x + (drawn.width - drawn.inside.width) / 2
        inner_y = y + drawn.height - drawn.inside.height - 10
        _draw(drawn.inside, inner_x, inner_y, depth + 1, out)


def _tip(box: Box) -> str:
    lines = [f"{box.name}: program {box.binary}"]
    lines += [f"from the parent: {one.shown} ({one.bond.value})" for one in box.from_parent]
    lines += [f"{name}: nobody answers, {why}" for name, why in box.broken]
    return "\n".join(lines)

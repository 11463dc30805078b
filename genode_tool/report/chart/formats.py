"""A chart of components as SVG, DOT (Graphviz), JSON, or a page with picture and table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from genode_tool.config.routing.chart import Bond, Box, Chart, Use

_STYLES = {
    Bond.EXPLICIT: 'color="#1d4e89"',
    Bond.WILDCARD: 'color="#d07a00", style=dashed',
    Bond.BROKEN: 'color="#c1121f"',
}


def render(chart: Chart, form: str, title: str) -> str:
    """Return the chart as `svg`, `dot`, `json` or `html`."""
    if form == "svg":
        from genode_tool.report.chart.svg import svg

        return svg(chart, title)
    if form == "dot":
        return dot_text(chart)
    if form == "json":
        return json.dumps(chart_data(chart), indent=2) + "\n"
    return page(chart, title)


def dot_text(chart: Chart) -> str:
    """Return the chart in the DOT language; instances of init are clusters."""
    lines = ["digraph routes {", "  compound=true;", '  node [shape=box, fontname="sans-serif"];']
    lines += _cluster(chart, "  ")
    return "\n".join([*lines, "}"]) + "\n"


def _cluster(chart: Chart, indent: str) -> Iterator[str]:
    name = " -> ".join(chart.path)
    yield f"{indent}subgraph {_quoted('cluster ' + name)} {{"
    yield f"{indent}  label={_quoted(name)};"
    yield f"{indent}  {_quoted(name)} [label={_quoted(_parent(chart))}, shape=cylinder];"
    for box in chart.boxes:
        yield f"{indent}  {_id(chart, box)} [label={_quoted(_words(box))}];"
        if box.inner is not None:
            yield from _cluster(box.inner, indent + "  ")
            inner = _quoted(" -> ".join(box.inner.path))
            yield f"{indent}  {_id(chart, box)} -> {inner} [style=dotted, arrowhead=none];"
    for box in chart.boxes:
        for use in box.from_parent:
            yield f"{indent}  {_id(chart, box)} -> {_quoted(name)} [{_edge(use)}];"
    for arrow in chart.arrows:
        client, server = chart.boxes[arrow.client], chart.boxes[arrow.server]
        for use in arrow.uses:
            yield f"{indent}  {_id(chart, client)} -> {_id(chart, server)} [{_edge(use)}];"
    yield f"{indent}}}"


def _parent(chart: Chart) -> str:
    return "parent: " + " ".join(chart.parent_provides)


def _words(box: Box) -> str:
    return box.name + (f"\\n{box.binary}" if box.binary != box.name else "")


def _edge(use: Use) -> str:
    return f"label={_quoted(use.shown)}, {_STYLES[use.bond]}"


def _id(chart: Chart, box: Box) -> str:
    return _quoted("component " + " -> ".join((*chart.path, box.name)))


def _quoted(text: str) -> str:
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def chart_data(chart: Chart) -> dict[str, Any]:
    """Return the chart as JSON data."""
    return {
        "path": list(chart.path),
        "parent_provides": list(chart.parent_provides),
        "components": [
            {
                "name": box.name,
                "binary": box.binary,
                "ram": box.ram,
                "provides": list(box.provides),
                "exports": list(box.exports),
                "from_parent": [_use_data(one) for one in box.from_parent],
                "unanswered": [{"request": name, "why": why} for name, why in box.broken],
                "init": chart_data(box.inner) if box.inner else None,
            }
            for box in chart.boxes
        ],
        "routes": [
            {
                "client": chart.boxes[arrow.client].name,
                "server": chart.boxes[arrow.server].name,
                **_use_data(use),
            }
            for arrow in chart.arrows
            for use in arrow.uses
        ],
    }


def _use_data(use: Use) -> dict[str, str]:
    return {"service": use.service, "label": use.label, "bond": use.bond.value}


def page(chart: Chart, title: str) -> str:
    """Return a page of its own, with the picture and the tables of routes."""
    from genode_tool.report.chart.svg import svg

    rows = "\n".join(row for one in chart.all() for row in _rows(one))
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>
body {{ font: 15px/1.4 sans-serif; margin: 2rem; color: #16263a }}
svg {{ max-width: 100%; height: auto }}
table {{ border-collapse: collapse; margin-top: 2rem }}
td, th {{ text-align: left; padding: .25rem .8rem; border-bottom: 1px solid #d5e0ef }}
.wildcard {{ color: #d07a00 }} .broken {{ color: #c1121f }}
</style></head><body>
{svg(chart, title)}
<table><tr><th>init</th><th>client</th><th>service</th><th>from</th><th></th></tr>
{rows}
</table></body></html>
"""


def _rows(chart: Chart) -> Iterator[str]:
    path = " -> ".join(chart.path)
    for number, box in enumerate(chart.boxes):
        for arrow in chart.arrows:
            if arrow.client == number:
                server = chart.boxes[arrow.server].name
                yield from (_table_row(path, box.name, use, server) for use in arrow.uses)
        yield from (_table_row(path, box.name, use, "parent") for use in box.from_parent)
        for request, why in box.broken:
            use = Use(request, "", Bond.BROKEN)
            yield _table_row(path, box.name, use, f"nobody: {why}")


def _table_row(path: str, client: str, use: Use, server: str) -> str:
    cells = "".join(f"<td>{escape(one)}</td>" for one in (path, client, use.shown, server))
    return f'<tr class="{use.bond.value}">{cells}<td>{use.bond.value}</td></tr>'

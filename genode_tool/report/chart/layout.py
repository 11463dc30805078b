"""The layout of a chart's components: clients above their servers, few crossings.

The usual steps for layered drawings (Sugiyama, Tagawa, Toda 1981): cycles are opened, each
component gets a layer, long arrows get a place in each layer that they pass, layers are ordered by
barycentres, and positions are relaxed towards their neighbours. Lengths are in pixels.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

GAP = 34.0
LAYER_GAP = 74.0
_PASS = 16.0
_SWEEPS = 6
_RELAXATIONS = 60


@dataclass(slots=True)
class Item:
    """Something in a layer: a component, or an arrow on its way. `x`, `y`: upper left corner."""

    width: float
    height: float
    box: int | None
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The middle of its width."""
        return self.x + self.width / 2


@dataclass(slots=True)
class Layout:
    """The places; `ways` gives for each arrow the items from its client to its server."""

    items: list[Item]
    layers: list[list[int]]
    ways: list[list[int]]
    width: float
    height: float


def lay_out(sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int]]) -> Layout:
    """Return places for boxes of given sizes and arrows between them, by their numbers."""
    items = [Item(width, height, number) for number, (width, height) in enumerate(sizes)]
    down = _without_cycles(len(items), arrows)
    _assign_layers(items, down)
    ways = [_way(items, *pair) for pair in down]
    count = max((item.layer for item in items), default=-1) + 1
    layers: list[list[int]] = [[] for _ in range(count)]
    for number, item in enumerate(items):
        layers[item.layer].append(number)
    _wrap(items, layers, ways)
    _order(items, layers)
    width, height = _place(items, layers)
    turned = [
        way if way[0] == arrow[0] else way[::-1] for way, arrow in zip(ways, arrows, strict=True)
    ]
    return Layout(items, layers, turned, width, height)


def _without_cycles(count: int, arrows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the arrows, turned round where they would close a cycle."""
    below: dict[int, list[int]] = {}
    for client, server in arrows:
        below.setdefault(client, []).append(server)
    back: set[tuple[int, int]] = set()
    state: dict[int, int] = {}
    for start in range(count):
        stack = [(start, iter(below.get(start, ())))] if start not in state else []
        if stack:
            state[start] = 1
        while stack:
            here, rest = stack[-1]
            there = next(rest, None)
            if there is None:
                state[here] = 2
                stack.pop()
            elif state.get(there) == 1:
                back.add((here, there))
            elif there not in state:
                state[there] = 1
                stack.append((there, iter(below.get(there, ()))))
    return [(b, a) if (a, b) in back else (a, b) for a, b in arrows]


def _assign_layers(items: list[Item], down: Sequence[tuple[int, int]]) -> None:
    """Put servers below all of their clients, and clients just above their first server."""
    for _ in items:
        moved = False
        for client, server in down:
            if items[server].layer <= items[client].layer:
                items[server].layer = items[client].layer + 1
                moved = True
        if not moved:
            break
    lowest = dict.fromkeys(range(len(items)), 10**9)
    for client, server in down:
        lowest[client] = min(lowest[client], items[server].layer - 1)
    has_client = {server for _, server in down}
    for number, item in enumerate(items):
        if number not in has_client and lowest[number] < 10**9:
            item.layer = lowest[number]


def _way(items: list[Item], client: int, server: int) -> list[int]:
    """Return the items on the way, new ones for the layers in between."""
    way = [client]
    for layer in range(items[client].layer + 1, items[server].layer):
        items.append(Item(_PASS, 0.0, None, layer))
        way.append(len(items) - 1)
    way.append(server)
    for upper, lower in itertools.pairwise(way):
        items[upper].below.append(lower)
        items[lower].above.append(upper)
    return way


def _wrap(items: list[Item], layers: list[list[int]], ways: list[list[int]]) -> None:
    """Spread components without any arrow over further layers, to keep the picture compact."""
    tied = {number for way in ways for number in way}
    lone = [number for number in range(len(items)) if number not in tied]
    if not lone:
        return
    for number in lone:
        layers[items[number].layer].remove(number)
    limit = max([900.0, *(sum(items[n].width + GAP for n in layer) for layer in layers)])
    row: list[int] = []
    rows = [row]
    width = 0.0
    for number in lone:
        width += items[number].width + GAP
        if width > limit and row:
            row, width = [], items[number].width + GAP
            rows.append(row)
        row.append(number)
    layers[:] = [layer for layer in layers if layer]
    layers += rows
    for index, layer in enumerate(layers):
        for number in layer:
            items[number].layer = index


def _order(items: list[Item], layers: list[list[int]]) -> None:
    """Order each layer by the mean place of neighbours, downwards and upwards in turn."""
    for sweep in range(_SWEEPS):
        upwards = sweep % 2 == 1
        for layer in reversed(layers) if upwards else layers:
            place = {n: i for row in layers for i, n in enumerate(row)}

            def weight(number: int, place: dict[int, int] = place, up: bool = upwards) -> float:
                near = items[number].below if up else items[number].above
                if not near:
                    return float(place[number])
                return sum(place[other] for other in near) / len(near)

            layer.sort(key=weight)


def _place(items: list[Item], layers: list[list[int]]) -> tuple[float, float]:
    """Give all items their places; return the size of it all."""
    y = 0.0
    for layer in layers:
        height = max(items[number].height for number in layer)
        x = 0.0
        for number in layer:
            items[number].x, items[number].y = x, y
            if items[number].box is None:
                items[number].height = height
            x += items[number].width + GAP
        y += height + LAYER_GAP
    widest = max((_right(items, layer) for layer in layers), default=0.0)
    for layer in layers:
        shift = (widest - _right(items, layer)) / 2
        for number in layer:
            items[number].x += shift
    for round_ in range(_RELAXATIONS):
        for layer in layers if round_ % 2 else reversed(layers):
            _relax(items, layer)
    left = min((item.x for item in items), default=0.0)
    for item in items:
        item.x -= left
    width = max((item.x + item.width for item in items), default=0.0)
    return width, max(0.0, y - LAYER_GAP)


def _right(items: list[Item], layer: list[int]) -> float:
    last = items[layer[-1]]
    return last.x + last.width


def _relax(items: list[Item], layer: list[int]) -> None:
    """Move each item towards the mean of its neighbours, as far as those beside it allow."""
    for index, number in enumerate(layer):
        item = items[number]
        near = item.above + item.below
        if not near:
            continue
        wanted = sum(items[other].middle for other in near) / len(near) - item.width / 2
        low = high = None
        if index:
            before = items[layer[index - 1]]
            low = before.x + before.width + GAP
        if index + 1 < len(layer):
            high = items[layer[index + 1]].x - GAP - item.width
        if low is not None:
            wanted = max(wanted, low)
        if high is not None:
            wanted = min(wanted, high)
        item.x += (wanted - item.x) * 0.6

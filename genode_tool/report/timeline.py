"""The last build as a page: bars in lanes, the longest steps, the critical path."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from genode_tool.building.ninja.syntax import Edge
from genode_tool.building.ninja.timeline import TimedStep, Timeline, critical_path, kind_of
from genode_tool.report.page import render
from genode_tool.report.terminal import Terminal

_KINDS = ("compile", "assemble", "convert", "merge", "link", "other")
_LONGEST = 25
_LEAVES = 15
_LABEL_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Bar:
    """A step in the chart; `left` and `width` are percent of the whole."""

    kind: str
    left: str
    width: str
    label: str
    title: str
    critical: bool


def page(timeline: Timeline, edges: Mapping[str, Edge]) -> str:
    """Return the HTML page of a build, which needs no other file; `edges` is its ninja file.

    Raises `EnvironmentProblem` when the template is missing.
    """
    path = critical_path(timeline.steps, edges)
    kinds = {_kind(one) for one in timeline.steps}
    return render(
        "timeline.html.j2",
        build_dir=timeline.build_dir,
        finished=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(timeline.finished)),
        figures=list(_figures(timeline, path)),
        kinds=[kind for kind in _KINDS if kind in kinds],
        ticks=list(_ticks(timeline)),
        lanes=_lanes(timeline, frozenset(path)),
        tables=[
            (
                "Longest steps",
                "A step that ran beside others may have waited for a processor.",
                ("seconds", "step", "of"),
                [_row(one) for one in _by_length(timeline.steps)[:_LONGEST]],
            ),
            (
                "Critical path",
                "Each step needs the one above it: more processors would not shorten this.",
                ("seconds", "step", "of"),
                [_row(one) for one in path],
            ),
            (
                "Programs and libraries",
                "The time of all their steps.",
                ("seconds", "of", "steps"),
                list(_leaves(timeline.steps)),
            ),
        ],
        width=max(600, min(20_000, 8 * len(timeline.steps) // max(timeline.lanes, 1))),
    )


def summary_lines(timeline: Timeline, edges: Mapping[str, Edge], screen: Terminal) -> list[str]:
    """Return the figures of a build as lines."""
    path = critical_path(timeline.steps, edges)
    text = ", ".join(f"{name} {value}" for name, value in _figures(timeline, path))
    lines = [f"genode: last build: {text}"]
    for one in _by_length(timeline.steps)[:5]:
        lines.append(f"    {one.seconds:6.2f} s  {one.text}  {screen.paint(one.leaf, 'dim')}")
    return lines


def _figures(timeline: Timeline, path: Sequence[TimedStep]) -> Iterator[tuple[str, str]]:
    busy = sum(one.seconds for one in timeline.steps)
    yield "steps", str(len(timeline.steps))
    yield "wall clock", f"{timeline.seconds:.2f} s"
    yield "all steps together", f"{busy:.2f} s"
    yield "at a time", f"{busy / timeline.seconds:.1f}" if timeline.seconds else "1.0"
    yield "critical path", f"{sum(one.seconds for one in path):.2f} s"


def _kind(step: TimedStep) -> str:
    kind = kind_of(step)
    return kind if kind in _KINDS else "other"


def _by_length(steps: Sequence[TimedStep]) -> list[TimedStep]:
    return sorted(steps, key=lambda one: one.seconds, reverse=True)


def _row(step: TimedStep) -> tuple[str, str, str]:
    return f"{step.seconds:.2f}", step.text, step.leaf


def _leaves(steps: Sequence[TimedStep]) -> Iterator[tuple[str, str, str]]:
    seconds: dict[str, float] = {}
    count: dict[str, int] = {}
    for one in steps:
        seconds[one.leaf] = seconds.get(one.leaf, 0.0) + one.seconds
        count[one.leaf] = count.get(one.leaf, 0) + 1
    for leaf in sorted(seconds, key=lambda one: -seconds[one])[:_LEAVES]:
        yield f"{seconds[leaf]:.2f}", leaf, str(count[leaf])


def _lanes(timeline: Timeline, critical: frozenset[TimedStep]) -> list[list[Bar]]:
    begin = min((one.start for one in timeline.steps), default=0.0)
    whole = timeline.seconds or 1.0
    lanes: list[list[Bar]] = [[] for _ in range(timeline.lanes)]
    for one in timeline.steps:
        share = one.seconds / whole
        title = (
            f"{one.text}\n{one.leaf}\n{one.seconds:.3f} s, from {one.start - begin:.3f}"
            f" to {one.end - begin:.3f} s\n{' '.join(one.outputs)}"
        )
        lanes[one.lane].append(
            Bar(
                _kind(one),
                f"{100 * (one.start - begin) / whole:.4f}",
                f"{100 * share:.4f}",
                one.text.rpartition(" ")[2] if share >= _LABEL_SHARE else "",
                title,
                one in critical,
            )
        )
    return lanes


def _ticks(timeline: Timeline) -> Iterator[tuple[str, str]]:
    """Yield about ten round points of time with their places in percent."""
    whole = timeline.seconds or 1.0
    step = 10.0 ** len(str(int(whole)))
    while whole / step < 6:
        for divisor in (2.0, 2.5, 2.0):
            if whole / step < 6:
                step /= divisor
    at = 0.0
    while at < whole:
        yield f"{100 * at / whole:.4f}", f"{at:g} s"
        at = round(at + step, 6)

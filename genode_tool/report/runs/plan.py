"""Renders the plan of a scenario: what its run script would build, boot and expect."""

from __future__ import annotations

import dataclasses
import json
import shlex
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from genode_tool.report.runs.lines import verdict_lines
from genode_tool.report.terminal import Terminal
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.verdict import Verdict

_HEADING_COLUMN = 12


def plan_lines(planned: Sequence[tuple[Verdict, ScenarioPlan]], screen: Terminal) -> list[str]:
    """Return the lines that show each plan, and the verdict of a script that was not followed."""
    lines: list[str] = []
    for verdict, plan in planned:
        place = f"{verdict.kernel}/{verdict.board}" if verdict.board else verdict.kernel
        lines.append(f"{screen.paint(verdict.name, 'bold')} on {place}")
        if not verdict.outcome.good:
            lines += [f"  {line}" for line in verdict_lines(verdict, screen.paint, with_log=False)]
        expected = (
            one.pattern if one.seconds is None else f"{one.pattern} (within {one.seconds:g} s)"
            for one in plan.expectations
        )
        for heading, values in (
            ("unmet", [plan.unmet]),
            ("build", plan.goals),
            ("import", plan.archives),
            ("modules", plan.modules),
            ("unknown", [plan.unknown_artifacts]),
            ("writes", plan.configs),
            ("QEMU", plan.arguments),
            ("starts", [shlex.join(plan.command)]),
            ("runs", [shlex.join(command) for command in plan.commands]),
            ("expects", expected),
            ("compares", [_times(plan.comparisons)]),
            ("ends early", [plan.ended_early]),
        ):
            lines += _row(heading, values, one_a_line=heading in ("expects", "runs"))
    return lines


def _times(count: int) -> str:
    return "" if not count else "its output once" if count == 1 else f"its output {count} times"


def _row(heading: str, values: Iterable[str], *, one_a_line: bool) -> list[str]:
    shown = [value for value in values if value]
    if not shown:
        return []
    rows = shown if one_a_line else [" ".join(shown)]
    headings = [heading, *[""] * (len(rows) - 1)]
    return [f"  {h:<{_HEADING_COLUMN}}{row}" for h, row in zip(headings, rows, strict=True)]


def plan_data(planned: Sequence[tuple[Verdict, ScenarioPlan]]) -> list[dict[str, Any]]:
    """Return the plans as plain data for JSON."""
    return [
        {
            "name": verdict.name,
            "kernel": verdict.kernel,
            "board": verdict.board,
            "outcome": verdict.outcome.word,
            "reason": verdict.reason,
            **dataclasses.asdict(plan),
        }
        for verdict, plan in planned
    ]


class JsonArray:
    """A JSON array whose elements are printed one after the other, as soon as each is known."""

    def __init__(self, line: Callable[[str], None]) -> None:
        self._line = line
        self._last: str | None = None

    def add(self, element: object) -> None:
        """Print an element. Its last line waits for what comes next: a comma or the end."""
        *lines, last = textwrap.indent(json.dumps(element, indent=2), "  ").splitlines()
        self._line("[" if self._last is None else f"{self._last},")
        for one in lines:
            self._line(one)
        self._last = last

    def end(self) -> None:
        """Print the end."""
        if self._last is None:
            self._line("[]")
        else:
            self._line(self._last)
            self._line("]")

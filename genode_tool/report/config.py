"""Renders findings in configurations, and routes, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from genode_tool.config.routing.resolution import Answer, Hop, Resolution
from genode_tool.config.syntax.document import Finding
from genode_tool.config.system.model import System
from genode_tool.errors import Severity
from genode_tool.report.diagnostic import diagnostic_lines
from genode_tool.report.terminal import Terminal


def finding_lines(findings: Iterable[Finding], screen: Terminal) -> Iterator[str]:
    """Yield the lines for findings, each with the line of the text that it is about."""
    for one in findings:
        path = f" [{screen.paint(one.path, 'cyan')}]" if one.path else ""
        yield from diagnostic_lines(one.diagnostic, screen.paint, about=path)


def count_line(name: str, findings: Sequence[Finding]) -> str:
    """Return the closing line about one configuration."""
    errors = sum(one.severity is Severity.ERROR for one in findings)
    warnings = len(findings) - errors
    if not findings:
        return f"genode: {name}: nothing wrong"
    parts = [
        f"{count} {word}{'s' if count > 1 else ''}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    ]
    return f"genode: {name}: {', '.join(parts)}"


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON data."""
    return {
        "severity": finding.severity.value,
        "kind": finding.kind,
        "message": finding.diagnostic.text,
        "file": finding.location.file,
        "line": finding.location.line,
        "column": finding.location.column,
        "path": finding.path,
        "hint": finding.diagnostic.hint,
    }


def route_lines(
    system: System, resolutions: Sequence[Resolution], screen: Terminal, *, detailed: bool
) -> Iterator[str]:
    """Yield the table of who answers whom in one instance of init."""
    yield screen.paint(system.shown_path, "bold")
    rows = [_row(one) for one in resolutions]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    client = ""
    for one, (who, what, answer, rule) in zip(resolutions, rows, strict=True):
        if who != client:
            client = who
            yield f"  {screen.paint(who, 'cyan')}"
        style = "red" if one.answer is Answer.NOBODY else "green" if one.explicit else "yellow"
        shown = screen.paint(answer.ljust(widths[2]), style)
        yield f"    {what.ljust(widths[1])}  {shown}  {screen.paint(rule, 'dim')}".rstrip()
        if detailed:
            for step in one.considered:
                verdict = step.reason or "taken"
                target = _target(step.target) if step.target else "(no target)"
                place = step.target.location if step.target else step.rule.location
                yield f"      {step.rule.shown} -> {target}: {verdict} ({_short(place)})"


def _short(place: object) -> str:
    return str(place).rpartition("/")[2]


def _target(target: Any) -> str:
    return f"child {target.child}" if target.child else target.kind.value


def _row(one: Resolution) -> tuple[str, str, str, str]:
    selectors = one.rule.selectors if one.rule else {}
    label = " ".join(f'{name}="{value}"' for name, value in selectors.items())
    what = f"{one.service} {label}".strip()
    if one.answer is Answer.NOBODY:
        return one.client, what, "nobody", one.why
    answer = f"child {one.server.name}" if one.server else one.answer.value
    if one.answer is Answer.CONFIG:
        return one.client, what, "init", "the configuration in its start node"
    wild = "" if one.explicit else "wildcard, "
    place = _short(one.rule.location) if one.rule else ""
    return one.client, what, answer, f"{wild}{place}"


def trace_lines(hops: Sequence[Hop], screen: Terminal) -> Iterator[str]:
    """Yield the way of one request through the instances of init."""
    for hop in hops:
        one = hop.resolution
        _, what, answer, rule = _row(one)
        style = "red" if one.answer is Answer.NOBODY else "green"
        yield (
            f"{hop.system.shown_path}: {one.client}: {what} -> {screen.paint(answer, style)}"
            f" (label {one.label!r}) {screen.paint(rule, 'dim')}".rstrip()
        )


def route_data(system: System, one: Resolution) -> dict[str, Any]:
    """Return a resolution as JSON data."""
    return {
        "init": list(system.path),
        "client": one.client,
        "service": one.service,
        "selectors": dict(one.rule.selectors) if one.rule else {},
        "answer": one.answer.value,
        "server": one.server.name if one.server else None,
        "label": one.label,
        "explicit": one.explicit,
        "why": one.why,
        "location": str(one.location) if one.location else None,
        "considered": [
            {
                "rule": step.rule.shown,
                "target": _target(step.target) if step.target else None,
                "reason": step.reason,
            }
            for step in one.considered
        ],
    }

"""The findings about a tool chain as a table and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from genode_tool.errors import Severity
from genode_tool.report.terminal import Terminal
from genode_tool.toolchain.check import CheckResult, ToolChain

_MARKS = {
    Severity.INFO: ("ok", "+", ("green",)),
    Severity.WARNING: ("differs", "o", ("yellow",)),
    Severity.ERROR: ("failed", "-", ("red", "bold")),
}
"""The word for JSON, the mark in a table, and its color."""


def result_lines(results: Sequence[CheckResult], screen: Terminal) -> Iterable[str]:
    """Return a table of results, each with its fix below."""
    width = max((len(one.check) for one in results), default=0)
    for one in results:
        shown = one.diagnostic
        _, mark, colors = _MARKS[shown.severity]
        word = "differs: " if shown.severity is Severity.WARNING else ""
        yield f"  {screen.paint(mark, *colors)} {one.check:<{width}}  {word}{shown.text}"
        if shown.hint:
            yield f"    {'':<{width}}  {shown.hint}"


def as_data(tool_chain: ToolChain, results: Sequence[CheckResult]) -> dict[str, Any]:
    """Return the results of one tool chain as plain data for JSON."""
    return {
        "architecture": tool_chain.architecture.name,
        "prefix": tool_chain.prefix,
        "adopted": tool_chain.record is not None,
        "ok": all(not one.failed for one in results),
        "checks": [
            {
                "name": one.check,
                "state": _MARKS[one.diagnostic.severity][0],
                "found": one.diagnostic.text,
                "fix": one.diagnostic.hint or None,
            }
            for one in results
        ],
    }

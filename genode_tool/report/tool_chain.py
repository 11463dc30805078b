"""The findings about a tool chain as a table and as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from genode_tool.report.terminal import Terminal
from genode_tool.toolchain.check import Finding, State, ToolChain

_LOOKS = {
    State.OK: ("+", ("green",)),
    State.DIFFERS: ("o", ("yellow",)),
    State.FAILED: ("-", ("red", "bold")),
}


def finding_lines(findings: Sequence[Finding], screen: Terminal) -> Iterable[str]:
    """Return a table of findings, each with its fix below."""
    width = max((len(one.check) for one in findings), default=0)
    for one in findings:
        mark, colors = _LOOKS[one.state]
        word = "differs: " if one.state is State.DIFFERS else ""
        yield f"  {screen.paint(mark, *colors)} {one.check:<{width}}  {word}{one.found}"
        if one.fix:
            yield f"    {'':<{width}}  {one.fix}"


def as_data(tool_chain: ToolChain, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings of one tool chain as plain data for JSON."""
    return {
        "architecture": tool_chain.architecture.name,
        "prefix": tool_chain.prefix,
        "adopted": tool_chain.record is not None,
        "ok": all(one.state is not State.FAILED for one in findings),
        "checks": [
            {
                "name": one.check,
                "state": one.state.value,
                "found": one.found,
                "fix": one.fix or None,
            }
            for one in findings
        ],
    }

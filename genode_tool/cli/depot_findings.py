"""Printing what is wrong with index files of a depot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from genode_tool.cli.invocation import Invocation

if TYPE_CHECKING:
    from genode_tool.config.syntax.document import Finding


def report(invocation: Invocation, findings: Mapping[str, Sequence[Finding]]) -> int:
    """Print the findings of each index; return the exit code: 1 when there is an error."""
    from genode_tool.errors import Severity
    from genode_tool.report.diagnostic import diagnostic_lines

    screen = invocation.screen()
    errors = 0
    for name, found in findings.items():
        for one in found:
            for line in diagnostic_lines(one.diagnostic, screen.paint):
                screen.line(line)
        wrong = sum(one.severity is Severity.ERROR for one in found)
        errors += wrong
        if invocation.output.verbosity >= 0:
            parts = [f"{wrong} errors", f"{len(found) - wrong} warnings"] if found else ["good"]
            text = screen.paint(", ".join(parts), "red" if wrong else "green")
            screen.line(f"genode: {name}: {text}")
    return 1 if errors else 0

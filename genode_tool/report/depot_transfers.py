"""Renders publishing and downloading as lines."""

from __future__ import annotations

from collections import Counter

from genode_tool.depot.publishing.events import Transfer, Transferred, TransfersFinished
from genode_tool.events import Event
from genode_tool.report.diagnostic import diagnostic_lines
from genode_tool.report.reporter import Status
from genode_tool.report.terminal import Terminal


class TransferVoice:
    """Words the events of publishing and downloading."""

    def lines_of(self, event: Event, screen: Terminal, verbosity: int) -> list[str] | None:
        """Return the lines for `event`; None when it is not about transfers."""
        match event:
            case Transferred(error=error) if error is not None:
                return diagnostic_lines(error.diagnostic, screen.paint)
            case Transferred(name=name, outcome=outcome):
                if verbosity < (1 if outcome is Transfer.PRESENT else 0):
                    return []
                return [f"{screen.paint(outcome.value, 'green')} {name}"]
            case TransfersFinished(finished=finished, seconds=seconds):
                counts = Counter(one.outcome for one in finished)
                parts = [f"{counts[one]} {one.value}" for one in Transfer if counts[one]]
                style = "red" if counts[Transfer.FAILED] else "green"
                text = screen.paint(", ".join(parts) or "nothing to do", style)
                return [f"genode: {text} ({seconds:.1f} s)"] if verbosity >= 0 else []
        return None

    def status_of(self, event: Event) -> Status | None:
        """Return None: what arrives is shown by the voice of the ports."""
        return Status() if isinstance(event, TransfersFinished) else None

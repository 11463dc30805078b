"""Procedures that work on the text which the scenario printed.

Their meaning is fixed by the run tool: patterns are Tcl regular expressions, comparison is line
by line without regard to space at the ends of lines.
"""

from __future__ import annotations

from dataclasses import replace

from genode_tool.run.api.procedure import procedure
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Difference, Outcome

_COLOUR = r"\x1b\[.*?m"


class OutputFilters:
    """Filters for the variable `output` and its comparison with what is expected."""

    def __init__(self, script: Script, mode: ExecutionMode, progress: Progress) -> None:
        self._script = script
        self._mode = mode
        self._progress = progress

    @property
    def _output(self) -> str:
        return self._script.get("output") or ""

    @_output.setter
    def _output(self, text: str) -> None:
        self._script.set("output", text)

    @procedure()
    def strip_whitespace(self, string: str) -> str:
        """Return a text without space at both ends."""
        return string.strip()

    @procedure()
    def filter_out_color_escape_sequences(self) -> None:
        """Remove the sequences that colour text on terminals."""
        self._output = self._script.substitute(_COLOUR, "", self._output)

    @procedure()
    def trim_lines(self) -> None:
        """Make all line ends plain newlines and drop empty lines."""
        text = self._output.replace("\r", "\n")
        while "\n\n" in text:
            text = text.replace("\n\n", "\n")
        self._output = text

    @procedure()
    def grep_output(self, pattern: str) -> None:
        """Keep only the lines that match a pattern."""
        self.filter_out_color_escape_sequences()
        self.trim_lines()
        search = self._script.search
        lines = self._output.split("\n") if self._output else []
        kept = [line for line in lines if search(pattern, line) is not None]
        self._output = "".join(line + "\n" for line in kept)

    @procedure()
    def unify_output(self, pattern: str, replacement: str) -> None:
        """Replace all matches of a pattern, to level out known variations."""
        self._output = self._script.substitute(pattern, replacement, self._output)

    @procedure()
    def compare_output_to(self, good: str) -> None:
        """End the script with "mismatch" unless the output is the expected one."""
        self._mode.compare(lambda: self._compare(good))

    def _compare(self, good: str) -> None:
        differences = differing_lines(good, self._output)
        if not differences:
            return
        for one in differences:
            # Like this, from 0, the run tool prints it, and scripts read it.
            self._progress.warn(f"Line {one.line} of output is unexpected")
            self._progress.warn(f" expected: '{one.expected}'")
            self._progress.warn(f" got:      '{one.found}'")
        count = len(differences)
        first = differences[0]
        evidence = self._progress.evidence()
        raise stop(
            self._script,
            Outcome.MISMATCH,
            f"{count} unexpected line{'s' if count > 1 else ''} of output; line {first.line + 1}:"
            f' expected "{first.expected}", got "{first.found}"'
            f"{self._progress.transcript.trouble}",
            evidence=replace(evidence, expected=first.expected, differences=differences),
        )


def differing_lines(good: str, output: str) -> tuple[Difference, ...]:
    """Compare as the run tool does.

    Space around both texts and around each line does not count. Lines of output beyond the
    expected ones do not count either, unless nothing at all is expected.
    """
    expected, found = good.strip().split("\n"), output.strip().split("\n")
    if expected == [""]:
        expected = []
        if found == [""]:
            return ()
        return tuple(Difference(index, "", line.strip()) for index, line in enumerate(found))
    padded = found + [""] * (len(expected) - len(found))
    return tuple(
        Difference(index, wanted.strip(), came.strip())
        for index, (wanted, came) in enumerate(zip(expected, padded, strict=False))
        if wanted.strip() != came.strip()
    )

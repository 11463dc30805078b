"""Procedures that work on the text which the scenario printed.

Their meaning is fixed by the run tool: patterns are Tcl regular expressions, comparison is line
by line without regard to space at the ends of lines.
"""

from __future__ import annotations

from genode_tool.run.api.base import ApiBase, command
from genode_tool.run.verdict import Difference, Evidence, Outcome

_COLOUR = r"\x1b\[.*?m"


class OutputApi(ApiBase):
    """Filters for `output` and its comparison with what is expected."""

    @command
    def strip_whitespace(self, string: str) -> str:
        """Return a text without space at both ends."""
        return string.strip()

    @command
    def filter_out_color_escape_sequences(self) -> None:
        """Remove the sequences that colour text on terminals."""
        self.output = self.session.frontend.substitute(_COLOUR, "", self.output)

    @command
    def trim_lines(self) -> None:
        """Make all line ends plain newlines and drop empty lines."""
        text = self.output.replace("\r", "\n")
        while "\n\n" in text:
            text = text.replace("\n\n", "\n")
        self.output = text

    @command
    def grep_output(self, pattern: str) -> None:
        """Keep only the lines that match a pattern."""
        self.filter_out_color_escape_sequences()
        self.trim_lines()
        search = self.session.frontend.search
        lines = self.output.split("\n") if self.output else []
        kept = [line for line in lines if search(pattern, line) is not None]
        self.output = "".join(line + "\n" for line in kept)

    @command
    def unify_output(self, pattern: str, replacement: str) -> None:
        """Replace all matches of a pattern, to level out known variations."""
        self.output = self.session.frontend.substitute(pattern, replacement, self.output)

    @command
    def compare_output_to(self, good: str) -> None:
        """End the script with "mismatch" unless the output is the expected one."""
        if self.session.planning:
            self.session.plan.comparisons += 1
            return
        differences = differing_lines(good, self.output)
        if not differences:
            return
        for one in differences:
            self.session.print(f"Line {one.line} of output is unexpected", error=True)
            self.session.print(f" expected: '{one.expected}'", error=True)
            self.session.print(f" got:      '{one.found}'", error=True)
        count = len(differences)
        first = differences[0]
        evidence = self.session.evidence()
        raise self.stop(
            Outcome.MISMATCH,
            f"{count} unexpected line{'s' if count > 1 else ''} of output; line {first.line}:"
            f' expected "{first.expected}", got "{first.found}"',
            evidence=Evidence(first.expected, differences, evidence.last_lines),
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

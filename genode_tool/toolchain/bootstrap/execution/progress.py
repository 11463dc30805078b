"""The progress of a build, estimated from its output: each compiled file counts, C++ more.

The expected total was counted once per component (`components.COSTS`); the remaining time follows
from the pace so far. A resumed step goes on counting from its log.
"""

from __future__ import annotations

from dataclasses import dataclass

from genode_tool.regex import regex

# The short lines of automake's silent rules, or whole command lines.
_COMPILES = regex(
    rb"^\s+(?:CC|CXX|CCLD|CXXLD|GEN|YACC|LEX)\s+\S"
    rb"|(?:^|[\s/-])(?:gcc|g\+\+|xgcc|xg\+\+|cc|c\+\+)\s(?:.*\s)?-c\s"
)
_CXX = regex(rb"(?:^|[\s/-])x?(?:g\+\+|c\+\+)\s|^\s+CXX|\.cc\b")
_CXX_WEIGHT = 4
_OUTPUT = regex(rb"(?:-o\s+|^\s+(?:CC|CXX|CCLD|CXXLD|GEN)\s+)(\S+)")
_SOURCE = regex(rb"([\w.+-]+\.(?:cc|cpp|c|S|s))(?:\s|$)")

# Never 1: the expected total is an estimate, and the step ends with its last command.
_MOST = 0.99
_ENOUGH_S = 5.0


def compile_units(line: bytes) -> int:
    """Return the weight of `line` in a build's output: 0 when it compiles nothing."""
    if not _COMPILES.search(line):
        return 0
    return _CXX_WEIGHT if _CXX.search(line) else 1


def compiled_file(line: bytes) -> str:
    """Return the name of the file that `line` compiles, "" if it names none."""
    found = _OUTPUT.search(line) or _SOURCE.search(line)
    return found[1].decode(errors="replace").rpartition("/")[2] if found else ""


@dataclass(slots=True)
class BuildMeter:
    """Counts what was compiled. `expected` is 0 for a step without such output.

    `done` starts above zero when a step is resumed; the pace is that of this call alone.
    """

    expected: int
    done: int = 0
    seen: int = 0

    def add(self, line: bytes) -> bool:
        """Count a line of output; return whether it compiles something."""
        units = compile_units(line)
        self.seen += units
        return units > 0

    @property
    def fraction(self) -> float:
        """The finished share of the step, from 0 to just below 1."""
        if not self.expected:
            return 0.0
        return min(_MOST, (self.done + self.seen) / self.expected)

    def seconds_left(self, elapsed: float) -> float | None:
        """Return how long the rest will take, given that this call took `elapsed` seconds."""
        if not self.expected or not self.seen or elapsed < _ENOUGH_S:
            return None
        # Not `done`: what an earlier call had compiled says nothing about the pace of this one.
        share = self.seen / self.expected
        return elapsed / share * max(1 - _MOST, 1 - self.fraction)

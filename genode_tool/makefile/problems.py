"""Errors, warnings and messages of an evaluation, each with its place.

`Source` is a link of the chain of includes and evals that led to a text.
"""

from __future__ import annotations

from genode_tool.errors import Diagnostic, Location, UserError
from genode_tool.record import record


class MakefileError(UserError):
    """A makefile cannot be evaluated: bad syntax, `$(error)`, a bad argument of a function.

    `trail` lists the includes, calls and evals that led there, innermost first.
    """


class NoRuleError(MakefileError):
    """There is no rule to make a target that is needed."""


@record
class Message:
    """What an evaluation tells besides errors.

    `subject` is the variable, function or target that a warning is about; "" for the text of
    `$(info)` and `$(warning)`, and for complaints about how a makefile is written.
    """

    diagnostic: Diagnostic
    subject: str = ""


@record
class Source:
    """A text being evaluated: which file, and which place of which source included it.

    `shift` is added to line numbers. With `at`, every line counts as that one: all of a text given
    to `$(eval)` stands where the call does.
    """

    file: str
    parent: Source | None = None
    parent_line: int = 0
    shift: int = 0
    how: str = "included"
    at: int = 0

    def location(self, line: int) -> Location:
        """Return the place of a line of this source."""
        return Location(self.file, self.at or line + self.shift)

    def trail(self) -> tuple[str, ...]:
        """Return the chain of includes and evals, innermost first."""
        steps = []
        source = self
        while source.parent is not None:
            where = source.parent.location(source.parent_line)
            steps.append(f"{source.how} from {where}")
            source = source.parent
        return tuple(steps)

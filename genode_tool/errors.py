"""The errors that a user may see.

Every error says what was wanted, what was found, where, and what to do next. Nothing below
`genode_tool.cli` ends the process: errors derive from `GenodeError`, and the command line maps
them to exit codes in one place (0 done, 1 a build or scenario failed, 2 the user's input or
environment is wrong, 130 interrupted; a scenario's own codes are those of its verdict).
"""

from __future__ import annotations

from enum import Enum

from genode_tool.record import record


@record
class Location:
    """A place in a text file. `line` and `column` count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        text = self.file
        if self.line:
            text += f":{self.line}"
            if self.column:
                text += f":{self.column}"
        return text


class Severity(Enum):
    """The severity of a diagnostic; the value is the word for it."""

    ERROR = "error"
    WARNING = "warning"
    LINT = "lint"
    """A warning that is shown to those who ask for it."""
    INFO = "info"


@record
class Diagnostic:
    """One finding about an input, for the user.

    `text` is one line: what was wanted and what was found. `location` is where. `trail` holds
    the chain that led there, innermost first (include stack, dependants of a library). `hint` is
    one line that says what to do next.
    """

    severity: Severity
    text: str
    location: Location | None = None
    trail: tuple[str, ...] = ()
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.location}: {self.text}" if self.location else self.text


class GenodeError(Exception):
    """Base of all errors that are shown to the user as a message instead of a traceback.

    The fields are those of a `Diagnostic`; `exit_code` is what the process ends with. What a
    caller may need to know besides is a field of the error's own class, never part of a text.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        location: Location | None = None,
        trail: tuple[str, ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.trail = trail
        self.hint = hint

    @property
    def diagnostic(self) -> Diagnostic:
        """The part of the error that is shown."""
        return Diagnostic(Severity.ERROR, self.message, self.location, self.trail, self.hint)

    def __str__(self) -> str:
        return str(self.diagnostic)


class UserError(GenodeError):
    """The user's input is wrong: a goal, an option, a makefile, a run script, a config."""


class EnvironmentProblem(GenodeError):
    """Something is missing on the host: a program, a permission, disk space, a free port."""


class BuildFailed(GenodeError):
    """A build step failed; the step and its output were reported already or are in `trail`."""

    exit_code = 1

"""The Protocols of an evaluation that variables and functions are written against.

So the evaluator stands above them and knows them, not the other way round. `rules.protocols` adds
the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NoReturn, Protocol

from genode_tool.errors import Location, Severity
from genode_tool.makefile.inputs import Inputs
from genode_tool.makefile.problems import Source
from genode_tool.makefile.reading.syntax import PLAIN, Modifiers
from genode_tool.makefile.reading.text import Compiler, Text
from genode_tool.makefile.variables.variable import Origin, Variable


class Scope(Protocol):
    """Variables that hide those of the same name further out."""

    def get(self, name: str, /) -> Variable | None:
        """Return the variable `name`, or None."""


class Messenger(Protocol):
    """The present place of an evaluation, and messages about it."""

    source: Source
    line: int

    @property
    def location(self) -> Location | None:
        """The place that is being evaluated, None before the first line."""

    @property
    def trail(self) -> tuple[str, ...]:
        """The calls, includes and evals that led there, innermost first."""

    def report(self, severity: Severity, text: str, subject: str = "") -> None:
        """Deliver a message about the present place; `subject` as in `Message`."""

    def fail(
        self,
        message: str,
        *,
        within: str = "",
        position: int = 0,
        function: str = "",
        here: bool = False,
        trail: tuple[str, ...] = (),
        hint: str = "",
    ) -> NoReturn:
        """Raise `MakefileError` about the present place."""


class Surroundings(Protocol):
    """The directory, files, environment and shell that an evaluation sees."""

    inputs: Inputs
    cwd: str
    home: str
    level: int
    environ: dict[str, str]

    def path(self, name: str) -> str:
        """Return the absolute form of a file name."""

    def exported_environment(self, for_shell: bool = False) -> dict[str, str]:
        """Return the environment of a child process."""

    def run_shell(self, command: str, *, trim: bool = True) -> str:
        """Run a command as `$(shell)` does; return its output as one line.

        With `trim` all newlines at its end are dropped, otherwise one.
        """


class Variables(Compiler, Protocol):
    """The variables of an evaluation, looked up in its scopes, and their expansion.

    `calls` are the names of the functions that are being called, outermost first;
    `most_arguments` is the largest number of arguments among them.
    """

    globals: dict[str, Variable]
    scopes: list[Scope]
    calls: list[str]
    most_arguments: int
    environment_overrides: bool
    export_all: bool
    prefix: str
    posix: bool

    @property
    def for_target(self) -> bool:
        """Whether the expansion is for a target, which does not see private global variables."""

    def find(self, name: str) -> Variable | None:
        """Return the variable `name` of the innermost scope that has one, or None."""

    def value(self, name: str) -> str:
        """Return the expanded value of variable `name`, "" when undefined."""

    def expand(self, raw: str) -> str:
        """Return `raw` with all references expanded."""

    def expand_variable(self, variable: Variable) -> str:
        """Return the expanded value of a recursive variable."""

    def expand_called(self, variable: Variable) -> str:
        """Expand the body of a `$(call)`; it may call itself."""

    def undefined(self, name: str) -> str:
        """Return what a reference to an undefined variable gives."""

    def unknown_function(self, name: str) -> None:
        """Report that `$(name argument)` is neither a function nor a variable."""

    def define(
        self,
        name: str,
        operator: str,
        value: Text,
        origin: Origin,
        *,
        modifiers: Modifiers = PLAIN,
        line: int = 0,
        defined: bool = False,
        scope: dict[str, Variable] | None = None,
    ) -> Variable | None:
        """Carry out one assignment."""

    def special_assigned(self, name: str) -> None:
        """Obey an assignment to one of `predefined.SPECIAL`."""

    def undefine(self, name: str, origin: Origin) -> None:
        """Remove a variable unless it comes from a stronger place than `origin`."""

    def push(self, scope: Scope) -> None:
        """Open a scope that hides outer variables of the same names."""

    def pop(self) -> None:
        """Close the innermost scope."""

    def within(self, scopes: Sequence[Scope]) -> AbstractContextManager[None]:
        """Expand in `scopes`, outermost first, instead of the present ones."""


class Evaluator(Variables, Surroundings, Messenger, Protocol):
    """All of it, built-in functions, and the evaluation of further text."""

    function_names: frozenset[str]

    def evaluate_text(self, content: str) -> None:
        """Evaluate `content` as `$(eval)` does."""

    def call_function(self, name: str, arguments: Sequence[str]) -> str:
        """Call the built-in function `name`, one of `function_names`."""

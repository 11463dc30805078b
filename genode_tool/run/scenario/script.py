"""The running script, as the procedures that it calls see it.

A script is written in Tcl or Python. What a procedure needs of it is the same: variables, the
script's own definitions of procedures, lists and regular expressions as the language has them,
and the place that errors name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from genode_tool.errors import Location
from genode_tool.run.console.patterns import RegexEngine

Words = str | Sequence[str]
"""A list as scripts give it: in the syntax of the language, or as a sequence."""


@dataclass(frozen=True, slots=True)
class ScriptPosition:
    """The position of a script: the innermost location and its callers, innermost first."""

    location: Location | None
    trail: tuple[str, ...] = ()


class HasPlace(Protocol):
    """A script that knows where it stands."""

    def where(self) -> ScriptPosition:
        """Return the place of the call that is being executed."""


class Script(HasPlace, RegexEngine, Protocol):
    """The script that calls procedures."""

    def get(self, name: str) -> str | None:
        """Return a global variable, such as `qemu_args`; None when it is unset."""

    def set(self, name: str, value: str) -> None:
        """Set a global variable."""

    def invoke(self, name: str, *arguments: str) -> str:
        """Call a procedure by name, so that a script's own definition is what runs."""

    def defines(self, name: str) -> bool:
        """Return whether a procedure of that name exists."""

    def split(self, text: str) -> tuple[str, ...]:
        """Split a list as the language writes it."""

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        """Replace all matches of a Tcl regular expression."""


class CanSplit(Protocol):
    """A language with lists."""

    def split(self, text: str) -> tuple[str, ...]:
        """Split a list as the language writes it."""


def words_of(language: CanSplit, value: Words) -> tuple[str, ...]:
    """Return the elements of a list as scripts give it."""
    return language.split(value) if isinstance(value, str) else tuple(value)


def is_true(value: str) -> bool:
    """Return whether a procedure's result is one of Tcl's true values."""
    return value.strip().lower() in ("1", "true", "yes", "on")

"""The mark by which a method of a theme becomes a procedure of run scripts.

`@procedure("NAME", …)` names it; without names, it has the method's. What a procedure gets are
strings, as Tcl passes them. What it returns becomes the result of the call: strings and numbers
as they are, booleans as 0 and 1, sequences as lists, None as the empty string.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Procedure = Callable[..., object]
_F = TypeVar("_F", bound=Procedure)
_NAMES = "__procedure_names__"


def procedure(*names: str) -> Callable[[_F], _F]:
    """Mark a method as a procedure with the given names, the method's own if there is none."""

    def mark(function: _F) -> _F:
        setattr(function, _NAMES, names or (function.__name__,))
        return function

    return mark


def procedures_of(themes: Iterable[object]) -> dict[str, Procedure]:
    """Return the procedures of objects by name. Raises `ValueError` when two have the same name."""
    table: dict[str, Procedure] = {}
    for theme in themes:
        for attribute, function in vars(type(theme)).items():
            for name in getattr(function, _NAMES, ()):
                if name in table:
                    raise ValueError(f"two procedures are called {name}")
                table[name] = getattr(theme, attribute)
    return table

"""Room for deep recursion, and an error for one without end.

Expansion nests as deeply as the makefile does: calls of functions, includes, evaluated text.
"""

from __future__ import annotations

import sys

from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.variables.protocols import Evaluator

_DEPTH = 60_000
_SHOWN = 3


class deep_recursion:  # noqa: N801 - used as a function
    """Let recursion go deep within the context; raise `MakefileError` when it goes too deep."""

    __slots__ = ("_before", "_ev")

    def __init__(self, ev: Evaluator) -> None:
        self._ev = ev

    def __enter__(self) -> None:
        self._before = sys.getrecursionlimit()
        if self._before < _DEPTH:
            sys.setrecursionlimit(_DEPTH)

    def __exit__(self, kind: type | None, error: object, trace: object) -> None:
        if self._before < _DEPTH:
            sys.setrecursionlimit(self._before)
        if not isinstance(error, RecursionError):
            return
        ev = self._ev
        calls = ev.calls[-_SHOWN:]
        ev.calls = []
        ev.scopes = []
        # Between two makefiles there is no line yet, but a file.
        begun = ev.source.location(1) if ev.source.file else None
        raise MakefileError(
            "references are nested too deeply",
            location=ev.location or begun,
            trail=tuple(f"in call of '{name}'" for name in calls),
            hint="a function calls itself without end, or a file includes itself",
        ) from None

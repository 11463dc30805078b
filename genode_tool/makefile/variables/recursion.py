"""Room for deep recursion, and an error for one without end.

Expansion nests as deeply as the makefile does: calls of functions, includes, evaluated text.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.variables.protocols import Evaluator

_DEPTH = 60_000
_SHOWN = 3


@contextmanager
def deep_recursion(ev: Evaluator) -> Iterator[None]:
    """Let recursion go deep; raise `MakefileError` when it goes too deep."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEPTH))
    try:
        yield
    except RecursionError:
        calls = ev.calls[-_SHOWN:]
        ev.calls = []
        ev.scopes = []
        raise MakefileError(
            "references are nested too deeply",
            location=ev.location,
            trail=tuple(f"in call of '{name}'" for name in calls),
            hint="a function calls itself without end, or a file includes itself",
        ) from None
    finally:
        sys.setrecursionlimit(before)

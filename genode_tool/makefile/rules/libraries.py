"""Finding `-lNAME` prerequisites.

GNU make manual, "Directory Search for Link Libraries".
"""

from __future__ import annotations

from collections.abc import Callable

from genode_tool.errors import Severity
from genode_tool.makefile import words
from genode_tool.makefile.rules.protocols import RuleEvaluator

_SYSTEM = ("/lib", "/usr/lib", "/usr/local/lib")


def find_library(ev: RuleEvaluator, name: str, is_target: Callable[[str], bool]) -> str | None:
    """Return the file that `-lname` stands for, or None.

    On the search path, a target counts as if it existed.
    """

    def exists(path: str) -> bool:
        return ev.inputs.stat(ev.path(path)) is not None

    best: tuple[tuple[int, int], str] | None = None
    system = len(ev.rules.vpath.entries) + 1
    for one in words.split(ev.value(".LIBPATTERNS")):
        prefix, suffix = words.pattern(one)
        if suffix is None:
            ev.report(Severity.WARNING, f".LIBPATTERNS element '{prefix}' is not a pattern")
            continue
        file = f"{prefix}{name}{suffix}"
        if exists(file):
            return file
        places = ev.rules.vpath.ranked(file)
        places += [((system, at), f"{one}/{file}") for at, one in enumerate(_SYSTEM)]
        # The first directory counts, not the first pattern.
        for place in places:
            if best is not None and place[0] >= best[0]:
                break
            if exists(place[1]) or (place[0][0] < system and is_target(place[1])):
                best = place
                break
    return best[1] if best is not None else None

"""Finding `-lNAME` prerequisites.

GNU make manual, "Directory Search for Link Libraries".
"""

from __future__ import annotations

from genode_tool.makefile import words
from genode_tool.makefile.rules.protocols import RuleEvaluator

_SYSTEM = ("/lib", "/usr/lib", "/usr/local/lib")


def find_library(ev: RuleEvaluator, name: str) -> str | None:
    """Return the file that `-lname` stands for, or None."""
    for one in words.split(ev.value(".LIBPATTERNS")):
        prefix, suffix = words.pattern(one)
        if suffix is None:
            continue
        file = f"{prefix}{name}{suffix}"
        if ev.inputs.stat(ev.path(file)) is not None:
            return file
        for candidate in (
            *ev.rules.vpath.candidates(file),
            *(f"{directory}/{file}" for directory in _SYSTEM),
        ):
            if ev.inputs.stat(ev.path(candidate)) is not None:
                return candidate
    return None

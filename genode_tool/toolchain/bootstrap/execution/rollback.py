"""Removal of half-written files of a killed build, so that make builds them again."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

_DOUBTFUL_S = 10.0
_DEPENDENCIES = (".Po", ".Plo", ".TPo", ".Tpo")
_CONFIGURED = ("Makefile", "config.status", "config.cache")
_MADE = (".o", ".lo", ".a", ".la", ".lai", ".so", ".gch")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Begin and end of an attempt at a step: times of the file system, in Unix seconds.

    After an `orderly` end (a failure, an interruption that make saw) nothing is half written.
    """

    began: float
    ended: float
    orderly: bool = False


def roll_back(directory: Path, attempt: Attempt) -> int:
    """Remove the files below `directory` that may be incomplete when `attempt` was cut off.

    What was there before the attempt stays, and so does what only configure scripts make: where
    one was at work, its makefile goes, so that it is run again. Lists of dependencies are
    emptied, as makefiles include them. Returns how many files were removed.
    """
    if attempt.orderly:
        return 0
    since = max(attempt.began, attempt.ended - _DOUBTFUL_S)
    removed = 0
    for parent, _, names in os.walk(directory):
        late = [Path(parent, name) for name in names if _time_of(Path(parent, name)) > since]
        if "config.log" in names and _time_of(Path(parent, "config.log")) > since:
            late += [Path(parent, name) for name in _CONFIGURED if name in names]
        for path in late:
            with contextlib.suppress(OSError):
                if path.suffix in _DEPENDENCIES:
                    # As automake has it at first; makefiles include the file, so it must exist.
                    path.write_text("# dummy\n", encoding="utf-8")
                elif path.name in _CONFIGURED or _is_made(path):
                    path.unlink()
                    removed += 1
    return removed


def _is_made(path: Path) -> bool:
    """Return whether a compiler, an archiver or a linker makes such a file.

    Generated sources are not among them: the makefiles of GCC and binutils rename them when
    they are complete, and would not miss them, as only their stamps are looked at.
    """
    if path.suffix in _MADE:
        return True
    with path.open("rb") as file:
        start = file.read(4)
    return start in (b"\x7fELF", b"") and path.suffix == ""


def _time_of(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0

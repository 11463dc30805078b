"""Reduces a case to the little that still shows a difference of the same kind."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator

from tests.differential.makefile.harness import Case

_WORD = re.compile(r"\s+|[^\s$(){},:=]+|.")


def minimise(case: Case, differs: Callable[[Case], bool], most: int = 400) -> Case:
    """Return a smaller case for which `differs` holds as well, after at most `most` tries."""
    best = case
    tries = 0
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(best):
            tries += 1
            if tries > most:
                return best
            if differs(smaller):
                best, progress = smaller, True
                break
    return best


def _smaller(case: Case) -> Iterator[Case]:
    """Yield cases with a part left out, the largest parts first."""
    for index in range(len(case.runs)):
        if len(case.runs) > 1:
            other = copy.deepcopy(case)
            del other.runs[index]
            yield other
    for name in case.files:
        if name != "Makefile":
            other = copy.deepcopy(case)
            del other.files[name]
            yield other
    for name in case.environ:
        other = copy.deepcopy(case)
        del other.environ[name]
        yield other
    for name, text in case.files.items():
        for rest in _without_parts(text.split("\n"), "\n"):
            yield _with(case, name, rest)
    for index, arguments in enumerate(case.runs):
        for at in range(len(arguments)):
            if not arguments[at].startswith("SHELL="):
                other = copy.deepcopy(case)
                del other.runs[index][at]
                yield other
    for name, text in case.files.items():
        lines = text.split("\n")
        for number, line in enumerate(lines):
            for rest in _without_parts(_WORD.findall(line), ""):
                yield _with(case, name, "\n".join([*lines[:number], rest, *lines[number + 1 :]]))


def _without_parts(parts: list[str], glue: str) -> Iterator[str]:
    size = len(parts) // 2
    while size:
        for start in range(0, len(parts), size):
            yield glue.join(parts[:start] + parts[start + size :])
        size //= 2


def _with(case: Case, name: str, text: str) -> Case:
    other = copy.deepcopy(case)
    other.files[name] = text
    return other

"""Compares both programs on a random case.

Parallel runs are compared by the set of their lines: jobs end in any order, and by their characters
where two commands wrote into each other's lines. Between the calls of a
case the files get fixed ages, so that files written within one tick of the clock compare alike.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.differential.fuzz.chance import Chance
from tests.differential.fuzz.grammar import Grammar
from tests.differential.fuzz.mutation import mutated_case
from tests.differential.makefile.harness import (
    Call,
    Case,
    JudgeCrashed,
    collect,
    environment,
    ours,
    prepare,
    theirs,
    tidy,
)

_AGE = 1_600_001_000
_LIMIT_S = 60
_THEIR_LIMIT_S = 5
_CIRCLE = re.compile(r"^.*Circular .* dependency dropped\.$", re.MULTILINE)
_DELETED = re.compile(r"^rm (.*)\n", re.MULTILINE)
_WAITING = re.compile(r"^.*\*\*\* Waiting for unfinished jobs\.\.\.\.\n", re.MULTILINE)
_ENDLESS = re.compile(
    r"^\S+: \*\*\* Recursive variable '\S*' references itself \(eventually\)\.  Stop\.\n",
    re.MULTILINE,
)
# Exported variables are expanded in the order of a hash table.
_UNDEFINED = re.compile(r"(?:^\S+ warning: undefined variable '.*'\n){2,}", re.MULTILINE)


@dataclass(frozen=True)
class Difference:
    """The first difference between the programs: what kind it is of, and a text that shows it."""

    kind: str
    text: str


class _Endless(BaseException):
    """A call took longer than any of these cases should."""


def random_case(seed: int) -> Case:
    """Return the case of a seed; every fourth is a damaged makefile of our own tree."""
    chance = Chance(f"case {seed}")
    if seed % 4 == 3:
        return mutated_case(chance, f"seed {seed}")
    return Grammar(chance).case(f"seed {seed}")


def compare(case: Case, make: str) -> Difference | None:
    """Return how the programs differ on a case, None when they are alike.

    A difference that does not show again in a second try is not one.
    """
    found = None
    for _ in range(2):
        found = _compare(case, make)
        if found is None:
            return None
    return found


def _compare(case: Case, make: str) -> Difference | None:
    first = str(Path(make).parent)
    try:
        expected, left = _run(case, theirs(make, _THEIR_LIMIT_S), first)
    except (JudgeCrashed, subprocess.TimeoutExpired):
        # GNU make waits for itself in some circular groups under -j, and does not end where a
        # makefile includes itself or where `$(eval)` defines a circle.
        return None
    try:
        with _limited():
            got, ours_left = _run(case, ours, first)
    except _Endless:
        return Difference("endless", "our side did not end")
    except Exception as error:
        return Difference("exception", f"{type(error).__name__}: {error}")
    for number, (one, other) in enumerate(zip(expected, got, strict=True), 1):
        for kind, a, b in zip(("status", "output", "errors"), one, other, strict=True):
            if a == b:
                continue
            if _deleted_more(a, b):
                return None  # other files are there from now on
            if not _listed(a, b, "-j3" in " ".join(case.runs[number - 1])):
                return Difference(kind, f"call {number}, {kind}:\n{a}\n--- but got\n{b}")
    for name in sorted({*left, *ours_left}):
        kept = name not in left and name in case.files  # see the reference
        if left.get(name) != ours_left.get(name) and not kept:
            text = f"file {name}: {left.get(name)!r} expected, got {ours_left.get(name)!r}"
            return Difference("files", text)
    return None


def _listed(a: str, b: str, parallel: bool) -> bool:
    """Tell whether two texts differ only as the reference says that they do."""
    if parallel and sorted(a) == sorted(b):
        return True
    if parallel and _CIRCLE.search(a) and set(a.splitlines()) == set(b.splitlines()):
        return True  # met in several passes
    # Exported variables are expanded in the order of a hash table.
    return len(_ENDLESS.findall(a)) == 1 and _ENDLESS.sub("", a) == _ENDLESS.sub("", b)


def _deleted_more(a: str, b: str) -> bool:
    """Tell whether GNU make deleted more intermediate files, as the reference says."""
    ours = set(" ".join(_DELETED.findall(b)).split())
    more = set(" ".join(_DELETED.findall(a)).split()) > ours
    return more and _DELETED.sub("", a) == _DELETED.sub("", b)


def _run(case: Case, call: Call, first: str) -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="case") as name:
        directory = Path(name).resolve()
        prepare(case, directory)
        environ = environment(case, first)
        results = []
        for arguments in case.runs:
            status, out, err = call(arguments, directory, environ)
            out, err = tidy(out, directory), _UNDEFINED.sub(_in_order, tidy(err, directory))
            if "-j3" in " ".join(arguments):
                out, err = _sorted(out), _sorted(_WAITING.sub("", err))
            results.append((str(status), out, err))
            _settle(directory)
        return results, collect(directory)


def _in_order(found: re.Match[str]) -> str:
    return _sorted(found.group())


def _sorted(text: str) -> str:
    return "".join(sorted(text.splitlines(keepends=True)))


def _settle(directory: Path) -> None:
    """Give each file an age that depends on its name only."""
    for path in directory.rglob("*"):
        name = str(path.relative_to(directory))
        when = _AGE + zlib.crc32(name.encode()) % 1000
        os.utime(path, (when, when))


@contextmanager
def _limited() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise _Endless

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(_LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

"""The line of a failed build step that explains the failure: the first error, not the last.

A parallel build goes on printing after its first failure, and every make above repeats "Error 2".
The first failed recipe is where make says `*** [TARGET]` for the first time; the compiler's error
stands shortly before. When a configure script gives up, what it tried is in its config.log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.regex import regex

# Not `*** Waiting for unfinished jobs`, and no failure that the makefile ignores.
_FAILED_RECIPE = regex(r"^(?:\S*make(?:\[\d+\])?|gmake): \*\*\* (?!Waiting)(?!.*\(ignored\))")
_WHERE = regex(r"^(?:\S*make(?:\[\d+\])?|gmake): (?:Entering|Leaving) directory ")
_ERRORS = (
    regex(r"No space left on device|Disk quota exceeded"),
    regex(r"internal compiler error"),
    regex(r"[Ff]atal error: Killed signal|: Killed\b|^Killed\b"),
    regex(r"^configure: error: (?!in [`'])"),
    regex(r"\S: (?:[Ff]atal )?[Ee]rror: "),
    regex(r": (?:command )?not found$"),
    regex(r"is missing on your system|you need .* to build", re.IGNORECASE),
    regex(r"undefined reference to|ld: cannot find |multiple definition of"),
    regex(r": cannot (?:create|open|execute|stat)|Permission denied"),
    regex(r"\*\*\* No rule to make target"),
)
_NO_ERROR = regex(r"\(ignored\)|^checking |-Werror|warning:")
_CONFIGURING = regex(
    r"^Configuring (?:stage \d )?in (?:\./)?(\S+)|^configure: error: in [`']([^']+)'"
)
_TRIED = regex(r"\S: (?:[Ff]atal )?error: |cannot find -l|: not found|undefined reference")
_BEFORE = 300
_CONTEXT = 4
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class FailureLine:
    """`line` (with its number from 1 in the log) and the lines that explain it.

    `tried` are lines of the config.log at `config_log` when a configure script gave up.
    """

    line: str
    number: int
    context: tuple[str, ...] = ()
    config_log: Path | None = None
    tried: tuple[str, ...] = ()


def find_failure_line(output: Sequence[str], directory: Path) -> FailureLine:
    """Return the reason why a step that was run in `directory` failed with `output`."""
    if not output:
        return FailureLine("it printed nothing", 0)
    end = next((n for n, line in enumerate(output) if _FAILED_RECIPE.match(line)), len(output))
    window = range(max(0, end - _BEFORE), end)
    at = next((n for n in window if _is_error(output[n])), None)
    if at is None:
        at = _last_words(output[:end] or output)
    line = output[at].strip()[:_LONGEST]
    context = tuple(one.rstrip()[:_LONGEST] for one in output[at + 1 : min(at + _CONTEXT, end) + 1])
    if "configure: error:" in line:
        log = _config_log(output[: at + 1], directory)
        return FailureLine(line, at + 1, (), log, _tried(log) if log else ())
    return FailureLine(line, at + 1, context)


def _is_error(line: str) -> bool:
    return not _NO_ERROR.search(line) and any(one.search(line) for one in _ERRORS)


def _last_words(output: Sequence[str]) -> int:
    """Return the index of the last line with content; lines about directories have none."""
    spoken = [n for n, line in enumerate(output) if line.strip() and not _WHERE.match(line)]
    return spoken[-1] if spoken else len(output) - 1


def _config_log(output: Sequence[str], directory: Path) -> Path | None:
    for line in reversed(output):
        found = _CONFIGURING.match(line)
        if found:
            path = directory / (found[1] or found[2]) / "config.log"
            if path.is_file():
                return path
    path = directory / "config.log"
    return path if path.is_file() else None


def _tried(log: Path) -> tuple[str, ...]:
    """Return the error of the last test of a configure script that gave up."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    end = next(
        (n for n in reversed(range(len(lines))) if re.match(r"configure:\d+: error: ", lines[n])),
        len(lines),
    )
    for n in reversed(range(max(0, end - _BEFORE), end)):
        if _TRIED.search(lines[n]):
            return (lines[n].strip()[:_LONGEST],)
    return ()

"""The errors of an evaluation: the column in the line, what led there, and what to do about it."""

from __future__ import annotations

import re
from itertools import pairwise

from genode_tool.errors import Location
from genode_tool.makefile.evaluator.references import references
from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.variables.protocols import Evaluator
from genode_tool.makefile.variables.variable import Variable
from genode_tool.nearest import did_you_mean
from genode_tool.regex import regex

_WORD = regex(r"[A-Za-z-]+")
_DIRECTIVES = (
    *("include", "-include", "sinclude", "define", "endef", "undefine", "ifdef", "ifndef"),
    *("ifeq", "ifneq", "else", "endif", "export", "unexport", "override", "private", "vpath"),
)
_LONGEST_EXCERPT = 60


def failure(
    ev: Evaluator,
    message: str,
    snippet: str,
    innermost: Variable | None,
    trail: tuple[str, ...],
    hint: str,
    function: str = "",
) -> MakefileError:
    """Return the error `message` about the definition of `innermost`, or about the present line.

    `snippet` is the text in question, `function` the built-in one that fails, `trail` what led
    there besides calls and includes.
    """
    location = ev.location
    if innermost is not None and innermost.location is not None:
        trail += (f"in the value of '{innermost.name}', used at {location}",)
        location = innermost.location
    place = pointed(ev, location, snippet, function)
    return MakefileError(message, location=place, trail=trail + ev.trail, hint=hint)


def pointed(
    ev: Evaluator, location: Location | None, snippet: str = "", function: str = ""
) -> Location | None:
    """Return `location` with a column, where its file can be read.

    The column is that of `snippet`, else that of the only call of the built-in `function`, else
    that of the outermost `$(call)`, else that of the first character in the line.
    """
    if location is None or not location.line or location.column:
        return location
    line = _line(ev, location)
    if not line.strip():
        return location
    call = f"$(call {ev.calls[0]}" if ev.calls else ""
    column = _column(line, snippet) or _call_column(line, function) or _exactly(line, call)
    column = column or _first(line)
    return Location(location.file, location.line, column)


def _line(ev: Evaluator, location: Location) -> str:
    content = ev.inputs.read(ev.path(location.file))
    lines = (content or b"").decode(errors="replace").split("\n")
    return lines[location.line - 1] if location.line <= len(lines) else ""


def _column(line: str, snippet: str) -> int:
    wanted = snippet.split("\n", 1)[0]
    for size in (len(wanted), 24, 8):
        part = wanted[:size].rstrip("\\ ")
        if part:
            at = line.find(part)
            if at >= 0:
                return at + 1
    return 0


def _exactly(line: str, snippet: str) -> int:
    return line.find(snippet) + 1 if snippet else 0


def _call_column(line: str, function: str) -> int:
    if not function:
        return 0
    calls = list(re.finditer(rf"\$[({{]{re.escape(function)}(?=[ \t]|$)", line))
    return calls[0].start() + 1 if len(calls) == 1 else 0


def _first(line: str) -> int:
    if line[0] == "\t":
        return 1  # a tab that makes a recipe of the line is the place itself
    return len(line) - len(line.lstrip()) + 1


def separator_hint(raw: str) -> str:
    """Return a hint for a line that is neither a rule, nor an assignment, nor a directive."""
    word = _WORD.match(raw.strip())
    guess = did_you_mean(word.group(), _DIRECTIVES) if word else ""
    return guess or "a line is a rule (`target: …`), an assignment (`NAME = …`) or a directive"


def evaluated_text(ev: Evaluator, raw: str) -> tuple[str, ...]:
    """Return a trail entry with the text in question when it does not stand in a file."""
    if ev.source.how != "evaluated":
        return ()
    text = raw.strip().split("\n", 1)[0]
    short = text if len(text) <= _LONGEST_EXCERPT else f"{text[:_LONGEST_EXCERPT]}…"
    return (f"in the text `{short}`",)


def self_reference(ev: Evaluator, variable: Variable, innermost: Variable | None) -> MakefileError:
    """Return the error for a variable whose expansion, that of `innermost`, needs itself."""
    message = f"Recursive variable '{variable.name}' references itself (eventually)"
    cycle = _cycle(ev, variable.name)
    trail = []
    for name, other in pairwise(cycle):
        found = ev.find(name)
        where = f" at {found.location}" if found is not None and found.location else ""
        trail.append(f"'{name}' refers to '{other}'{where}")
    following = cycle[1] if len(cycle) > 1 else variable.name
    if len(cycle) <= 2:
        hint = f"`{variable.name} += …` adds to it; `{variable.name} := …` uses its earlier value"
    else:
        hint = "assign one of them with `:=`, which expands once"
    snippet = _reference_in(variable.value, following)
    within = innermost.location if innermost is not None else None
    place = pointed(ev, variable.location or within or ev.location, snippet)
    return MakefileError(message, location=place, trail=tuple(trail) + ev.trail, hint=hint)


def _reference_in(raw: str, name: str) -> str:
    match = re.search(rf"\$[({{]{re.escape(name)}[:)}}]", raw)
    return match.group() if match else ""


def _cycle(ev: Evaluator, start: str) -> list[str]:
    """Return the way from a variable back to itself among those that are being expanded."""
    pending = [[start]]
    seen: set[str] = set()
    while pending:
        path = pending.pop(0)
        found = ev.find(path[-1])
        for name in references(found.value) if found is not None else ():
            if name == start:
                return [*path, name]
            other = ev.find(name)
            if name not in seen and other is not None and other.expanding:
                seen.add(name)
                pending.append([*path, name])
    return []

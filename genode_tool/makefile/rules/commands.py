"""The commands of a recipe: expansion, splitting into lines, the prefixes `@`, `-`, `+`.

GNU make manual, "Recipe Syntax", "Recipe Echoing", "Errors in Recipes", "Defining Canned
Recipes", "Using One Shell".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from genode_tool.errors import Location
from genode_tool.makefile.reading.text import skip_reference
from genode_tool.makefile.rules.automatic_variables import AutomaticVariables
from genode_tool.makefile.rules.files import File
from genode_tool.makefile.rules.graph import Graph
from genode_tool.makefile.rules.rule import Recipe
from genode_tool.record import record
from genode_tool.regex import regex

_PREFIX = regex(r"[@+\- \t\n\v\f\r]*")
_FIRST_PREFIX = regex(r"[@+\- \t]*")
_POSIX_SHELLS = frozenset(
    ("sh", "bash", "dash", "ksh", "rksh", "zsh", "ash", "mksh", "pdksh", "dksh")
)
_CONTINUATION = regex(r"[ \t]*(?<!\\)(\\+)\n[ \t]*(?:\\\n[ \t]*)*")
_RECURSIVE = regex(r"\$\(MAKE\)|\$\{MAKE\}")


@record
class Command:
    """A line for the shell: not echoed when `silent`, may fail when `ignore`, runs under
    `-n`, `-q` and `-t` too when `always`.
    """

    text: str
    silent: bool
    ignore: bool
    always: bool
    location: Location | None = None


def commands(
    graph: Graph, file: File, automatic: AutomaticVariables, *, counted: bool = False
) -> list[Command]:
    """Expand all lines of the recipe of `file`; empty lines are dropped.

    With `counted`, the places are those that GNU make prints: it counts commands, so that one
    continued over several lines counts as one line.
    """
    return list(expand_recipe(graph, file, automatic, counted=counted))


def expand_recipe(
    graph: Graph, file: File, automatic: AutomaticVariables, *, counted: bool = False
) -> Iterator[Command]:
    """Yield the commands of a recipe; `counted` as for `commands`.

    GNU make expands the whole recipe before the first line runs; so does the first step here.
    """
    recipe = file.recipe
    if recipe is None:
        return
    ev = graph.ev
    if ev.rules.one_shell:
        yield from _one_shell(graph, file, automatic)
        return
    before = ev.source, ev.line
    expanded: list[tuple[str, str, int]] = []
    with ev.within([*graph.scopes(file), automatic]):
        ev.source = recipe.source
        for line in recipe.lines:
            for raw in split_lines(line.text):
                ev.line = line.line
                if counted and line.line:
                    ev.line = recipe.lines[0].line + len(expanded)
                text = _joined(raw, recipe.prefix)
                expanded.append((raw, ev.expand(text), ev.line))
    ev.source, ev.line = before
    for raw, whole, number in expanded:
        silent, ignore, always, _ = flags(raw)
        always = always or _RECURSIVE.search(raw) is not None
        location = recipe.source.location(number)
        for piece in split_lines(whole):
            own = flags(piece)
            rest = piece[own[3] :]
            if not rest.replace("\\\n", "").strip():
                continue
            # A `+` in a canned recipe holds for the lines after it, too.
            always = always or own[2]
            text = rest if rest.endswith("\\\n") else rest.rstrip("\n")
            yield Command(text, silent or own[0], ignore or own[1], always, location)


def raw_flags(recipe: Recipe | None) -> list[tuple[bool, bool, bool]]:
    """Return (silent, ignore, always) of each line of a recipe, not expanded."""
    result = []
    for line in recipe.lines if recipe else ():
        for raw in split_lines(line.text):
            silent, ignore, always, _ = flags(raw)
            result.append((silent, ignore, always or _RECURSIVE.search(raw) is not None))
    return result


def _one_shell(graph: Graph, file: File, automatic: AutomaticVariables) -> Iterator[Command]:
    """All lines go to one shell; prefixes count on the first line only."""
    recipe = file.recipe
    assert recipe is not None
    ev = graph.ev
    before = ev.source, ev.line
    raw = "\n".join([line.text for line in recipe.lines])
    with ev.within([*graph.scopes(file), automatic]):
        ev.source, ev.line = recipe.source, recipe.lines[0].line if recipe.lines else 0
        text = ev.expand(_joined(raw, recipe.prefix))
    ev.source, ev.line = before
    silent, ignore, always, _ = flags(raw, _FIRST_PREFIX)
    always = always or _RECURSIVE.search(raw) is not None
    own = flags(text, _FIRST_PREFIX)
    lines = text[own[3] :].split("\n")
    shell = ev.value("SHELL").rpartition("/")[2]
    if shell in _POSIX_SHELLS:
        # Another program may give the prefix characters of further lines a meaning.
        lines[1:] = [_PREFIX.sub("", line, count=1) for line in lines[1:]]
    joined = "\n".join(lines)
    if joined.strip():
        yield Command(joined, silent or own[0], ignore or own[1], always or own[2], recipe.location)


def flags(line: str, pattern: re.Pattern[str] = _PREFIX) -> tuple[bool, bool, bool, int]:
    """Return (silent, ignore, always, length) of the prefix of a recipe line."""
    match = pattern.match(line)
    prefix = match.group() if match else ""
    return "@" in prefix, "-" in prefix, "+" in prefix, len(prefix)


def split_lines(text: str) -> Iterator[str]:
    """Split at newlines that no backslash quotes."""
    start = 0
    position = text.find("\n")
    while position >= 0:
        slashes = position
        while slashes > start and text[slashes - 1] == "\\":
            slashes -= 1
        if (position - slashes) % 2 == 0:
            yield text[start:position]
            start = position + 1
        position = text.find("\n", position + 1)
    if start < len(text) or not text:
        yield text[start:]


def _joined(raw: str, prefix: str) -> str:
    """Drop the recipe prefix after each backslash-newline, and a backslash-newline in a reference.

    The shell sees the other ones.
    """
    if "\\\n" not in raw:
        return raw
    raw = raw.replace("\\\n" + prefix, "\\\n")
    pieces: list[str] = []
    position = 0
    dollar = raw.find("$")
    while 0 <= dollar < len(raw) - 1:
        end = skip_reference(raw, dollar)
        pieces += (raw[position:dollar], _CONTINUATION.sub(_blank, raw[dollar:end]))
        position = end
        dollar = raw.find("$", end)
    return "".join(pieces) + raw[position:]


def _blank(found: re.Match[str]) -> str:
    """Replace a continuation by a blank; an even number of backslashes does not make one."""
    return " " if len(found.group(1)) % 2 else found.group()


def ignores_colon(shell: str, flags: str) -> bool:
    """Return whether the command `:` needs not be run, as a shell with these flags ignores it."""
    return shell.rpartition("/")[2] in _POSIX_SHELLS and flags in ("-c", "-ec")

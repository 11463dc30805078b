"""Translates recipe lines to one command, and to the line that describes it.

In make each line of a recipe is a shell of its own, run in the directory of the makefile. Here
they become one command line for ninja, which runs it with `/bin/sh` in the build directory.
Lines that only print (`@echo "    COMPILE  main.o"`) become the step's description, lines that
do nothing (`@true`) vanish. A line without shell syntax is run as it is; any other is passed to
the shell that the tree's rules are written for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from genode_tool.building.ninja.jobserver import without_own_limit
from genode_tool.building.plan.builtin_programs import with_builtin_programs
from genode_tool.regex import regex
from genode_tool.tree.compiler_launcher import STEP_VARIABLE


class ExpandedLine(Protocol):
    """A line of an expanded recipe, without its `@`, `-` and `+`."""

    @property
    def text(self) -> str:
        """The command."""

    @property
    def ignore(self) -> bool:
        """Return whether a failure counts as success."""


@dataclass(frozen=True, slots=True)
class RecipeCommand:
    """A recipe as one command, "" when it does nothing.

    `announcements` are the lines that the recipe prints about itself, stripped; `lines` the
    commands as they are in the makefile.
    """

    text: str
    announcements: tuple[str, ...]
    lines: tuple[str, ...]


_SHELL_SYNTAX = regex(r"[`$|&;<>()*?\[\]{}~#\n\\=!'\"]")
_PLAIN_ASSIGNMENT = regex(r"(?<=[\w.\-/,:+])=(?=[\w.\-/,:+=]|\s|\Z)")
_BUILTINS = frozenset(
    (
        *(".", ":", "[", "alias", "cd", "command", "echo", "eval", "exec", "exit", "export"),
        *("printf", "read", "return", "set", "shift", "source", "test", "trap", "type", "ulimit"),
        *("umask", "unset", "wait", "if", "for", "while", "until", "case", "function", "time"),
    )
)
_SOURCE = regex(r"\.(c|cc|cpp|cxx|c\+\+|C|m|mm|s|S|sx)$")
_ASSEMBLY = regex(r"\.(s|S|sx)$")
_LOCAL_OPTIONS = frozenset(("-E", "-S", "-M", "-MM", "-x", "-fsyntax-only"))
_IDLE = frozenset(("", "true", ":", "exit 0"))
_COMMENT = regex(r"(^|\s)#[^'\"]*\Z")
_ECHO = regex(r"(?:/bin/)?echo\s+(?:-e\s+)?(.*)", re.DOTALL)


def command_of(
    recipe: Iterable[ExpandedLine],
    directory: str,
    shell: tuple[str, ...],
    prefix: str = "",
    compilers: frozenset[str] = frozenset(),
) -> RecipeCommand:
    """Return the command that runs `recipe` in `directory` (relative to the build directory).

    `shell` is the shell with its options up to `-c`; `prefix` goes before the first line. A
    line that compiles with one of `compilers` may go through a launcher.
    """
    announcements: list[str] = []
    parts: list[str] = []
    lines: list[str] = []
    for line in recipe:
        text = with_builtin_programs(without_own_limit(_joined(line.text).strip()))
        if _COMMENT.sub("", text).strip() in _IDLE:
            continue
        printed = printed_text(text)
        if printed is not None:
            if printed.strip():
                announcements.append(printed.strip())
            continue
        lines.append(text)
        part = _shell_command(text, shell, may_be_launched(text, compilers))
        # In braces: without them, `|| true` would cover the failures of earlier lines as well.
        parts.append(f"{{ {part} || true; }}" if line.ignore else part)
    if not parts:
        return RecipeCommand("", tuple(announcements), ())
    return RecipeCommand(
        f"cd {shlex.quote(directory)} && {prefix}{' && '.join(parts)}",
        tuple(announcements),
        tuple(lines),
    )


def printed_text(text: str) -> str | None:
    """Return what a command prints when printing is all it does, else None."""
    match = _ECHO.fullmatch(text)
    if not match:
        return None
    try:
        words = shlex.split(match.group(1), posix=True)
        outside = _unquoted(match.group(1))
    except ValueError:
        return None
    # Whatever the shell would expand or act on makes it more than a message.
    if re.search(r"[`$|&;<>()*?]", outside) or re.search(r"[`$]", match.group(1)):
        return None
    return " ".join(words).replace("\\n", " ").replace("\\t", " ")


def _unquoted(text: str) -> str:
    """Return `text` without its quoted parts."""
    return re.sub(r"'[^']*'|\"(?:\\.|[^\"\\])*\"", "", text)


def _joined(text: str) -> str:
    """Remove backslash-newlines where the shell would, that is outside single quotes."""
    if "\\\n" not in text:
        return text
    out: list[str] = []
    quote = ""
    position = 0
    while position < len(text):
        char = text[position]
        if char == "\\" and quote != "'" and position + 1 < len(text):
            if text[position + 1] != "\n":
                out.append(text[position : position + 2])
            position += 2
            continue
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        out.append(char)
        position += 1
    return "".join(out)


def may_be_launched(text: str, compilers: Iterable[str]) -> bool:
    """Return whether a command compiles one source file, which other machines can do as well.

    What assembles, links or merely preprocesses stays here: assembly names files that no
    other machine has (`.incbin`).
    """
    if not any(text.startswith(f"{compiler} ") for compiler in compilers):
        return False
    words = text.split()
    if "-c" not in words or _LOCAL_OPTIONS.intersection(words):
        return False
    sources = [word for word in words[1:] if _SOURCE.search(word) and not word.startswith("-")]
    return len(sources) == 1 and not _ASSEMBLY.search(sources[0])


def _shell_command(text: str, shell: tuple[str, ...], launched: bool) -> str:
    """Return `text` as a word of a `/bin/sh` command list."""
    simple = is_simple(text)
    if launched:
        text = f"${STEP_VARIABLE} {text}"
    if simple:
        return text
    start = " ".join(shlex.quote(word) for word in shell)
    if "\n" in text:  # ninja knows no newline within a command
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("'", "\\0047")
        return f"{start} \"$(printf %b '{escaped}')\""
    return f"{start} {shlex.quote(text)}"


def is_simple(text: str) -> bool:
    """Return whether every shell runs `text` alike: one program with its arguments.

    Words in plain quotes are fine, as is `=` within an argument.
    """
    bare = _unquoted(text)
    if re.search(r"[`$\\\n!]", text):
        return False
    if _SHELL_SYNTAX.search(_PLAIN_ASSIGNMENT.sub("", bare)):
        return False
    # Shells differ in their builtins: `echo -e` prints `-e` in dash, not in bash.
    first = bare.split(None, 1)[0] if bare.strip() else ""
    return bool(first) and first not in _BUILTINS and "=" not in first

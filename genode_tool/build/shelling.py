"""What a `$(shell …)` of a description asks, as far as that can be told from its text.

Most of them ask a fact: a directory's name, the content of a file, where the compiler keeps
something. Such a question needs no shell, or its answer holds until one of the programs that
it consists of changes. All others are asked again in each call.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any


class Query(Enum):
    """The kinds of commands."""

    TEXT = "text"
    """The answer follows from the command itself."""
    FILES = "files"
    """The answer is the contents of files."""
    TOOL = "tool"
    """The answer depends on programs and named files alone, not on the current directory."""
    OTHER = "other"
    """Nothing is known."""


@dataclass(frozen=True, slots=True)
class Command:
    """A classified command.

    `programs` are the names of the programs, and the paths of the files, that a TOOL query
    depends on.
    """

    kind: Query
    text: bytes = b""
    files: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def stamp(self) -> Any:
        """Return plain data that changes when the answer may change; None: ask again."""
        if self.kind is not Query.TOOL:
            return None
        return tuple(_program_stamp(name) for name in self.programs)


_OTHER = Command(Query.OTHER)
_SHELL_SYNTAX = re.compile(r"[`$|&;<>()*?\[\]{}~#\n\\]")
_COMPILER = re.compile(r"(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang|clang\+\+|ld|as)(-[\d.]+)?")
_FILTERS = frozenset(
    ("grep", "sed", "tr", "cut", "sort", "uniq", "head", "tail", "awk", "dirname", "basename")
)
_BUILTINS = frozenset(("echo", "true", "false", ":", "printf"))
_LINKER_CACHE = "/etc/ld.so.cache"


@lru_cache(maxsize=4096)
def classify(command: str, cwd: str) -> Command:
    """Return what `command`, run in directory `cwd`, asks."""
    text = command.strip()
    if text == "pwd":
        return Command(Query.TEXT, text=f"{cwd}\n".encode())
    plain = _plain_question(text)
    if plain is not None:
        return plain
    programs = _programs_of(text)
    return Command(Query.TOOL, programs=programs) if programs else _OTHER


def _plain_question(text: str) -> Command | None:
    """Return a question that needs no program: `echo` and `cat` of plain words."""
    if not text or _SHELL_SYNTAX.search(text):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return _OTHER
    name, arguments = words[0], words[1:]
    if name == "echo" and not any(word.startswith("-") for word in arguments):
        return Command(Query.TEXT, text=(" ".join(arguments) + "\n").encode())
    if name == "cat" and arguments and all(word.startswith("/") for word in arguments):
        return Command(Query.FILES, files=tuple(arguments))
    return None


def _programs_of(text: str) -> tuple[str, ...]:
    """Return the programs of a pipeline that asks the tool chain; () when it may ask more."""
    backquoted = re.findall(r"`([^`]*)`", text)
    found: set[str] = set()
    for inner in backquoted:
        programs = _programs_of(inner)
        if not programs:
            return ()
        found.update(programs)
    text = re.sub(r"`[^`]*`", "-", text)
    if re.search(r"[`$]", re.sub(r"'[^']*'|\\.", "", text)):
        return ()
    try:
        lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return ()
    commands: list[list[str]] = [[]]
    expect_target = False
    for word in words:
        if expect_target:
            if word not in ("/dev/null", "1", "2"):
                return ()
            expect_target = False
        elif word and set(word) <= set("<>&") and set(word) & set("<>"):
            expect_target = True
        elif word and set(word) <= set("|&;()"):
            commands.append([])
        else:
            commands[-1].append(word)
    for one in commands:
        names = _simple(one)
        if names is None:
            return ()
        found.update(names)
    return tuple(sorted(found))


def _simple(words: list[str]) -> tuple[str, ...] | None:
    """Return the programs of a command without shell syntax, None when it may read files."""
    while words and re.match(r"[A-Za-z_]\w*=", words[0]):
        words = words[1:]
    if not words:
        return ()
    name, arguments = words[0], [word for word in words[1:] if not word.isdigit()]
    base = name.rpartition("/")[2]
    if base in _BUILTINS:
        return ()
    if (words[:2] == ["command", "-v"] and len(words) == 3) or (
        base == "which" and len(words) == 2
    ):
        return (words[-1],)
    if base == "ldconfig" and arguments == ["-p"]:
        return (name, _LINKER_CACHE)
    if base in _FILTERS:
        files = _operands(base, arguments)
        absolute = all(word.startswith("/") for word in files)
        return (name, *files) if absolute else None
    harmless = ("-", "/dev/null", "c", "c++")
    if _COMPILER.fullmatch(base) and all(
        word.startswith("-") or word in harmless for word in arguments
    ):
        return (name,)
    return None


def _operands(program: str, arguments: Iterable[str]) -> tuple[str, ...]:
    """Return the files that a filter reads."""
    words = [word for word in arguments if not word.startswith("-")]
    if program in ("tr", "dirname", "basename"):
        return ()
    scripted = any(word in ("-e", "-f") for word in arguments)
    return tuple(words[1:] if program in ("grep", "sed", "awk") and not scripted else words)


@lru_cache(maxsize=1024)
def _program_stamp(name: str) -> tuple[Any, ...]:
    """Return what changes when the program changes; asked once per call of the tool."""
    found = name if name.startswith("/") else shutil.which(name)
    if found is None:
        return (name, None)
    try:
        real = os.path.realpath(found)
        status = os.stat(real)  # noqa: PTH116
    except OSError:
        return (name, None)
    return (name, real, status.st_mtime_ns, status.st_size)

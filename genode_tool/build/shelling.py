"""What a `$(shell …)` of a description asks, as far as that can be told from its text.

Most of them ask a fact: a directory's name, the content of a file, where the compiler keeps
something. Such a question needs no shell, or its answer holds until the tool that was asked
changes. All others are asked again in each call.
"""

from __future__ import annotations

import os
import re
import shlex
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
    """The answer is a fact about an installed tool, whatever the current directory is."""
    OTHER = "other"
    """Nothing is known."""


@dataclass(frozen=True, slots=True)
class Command:
    """A classified command. `tools` are the absolute paths of the programs of a TOOL query."""

    kind: Query
    text: bytes = b""
    files: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()

    def stamp(self) -> Any:
        """Return plain data that changes when the answer may change; None: ask again."""
        if self.kind is not Query.TOOL:
            return None
        stamps = []
        for tool in self.tools:
            try:
                found = os.stat(tool)  # noqa: PTH116
            except OSError:
                return None
            stamps.append((tool, found.st_mtime_ns, found.st_size))
        return tuple(stamps)


_SHELL_SYNTAX = re.compile(r"[`$|&;<>()*?\[\]{}~#\n\\=!]")
_FACTS = frozenset(
    (
        "-print-libgcc-file-name",
        "-dumpversion",
        "-dumpmachine",
        "--version",
        "-print-sysroot",
        "-print-multi-directory",
    )
)
_LIBGCC_DIR = re.compile(r"dirname\s+`([^`]+)`")


@lru_cache(maxsize=4096)
def classify(command: str, cwd: str) -> Command:
    """Return what `command`, run in directory `cwd`, asks."""
    text = command.strip()
    inner = _LIBGCC_DIR.fullmatch(text)
    if inner:
        found = classify(inner.group(1), cwd)
        return found if found.kind is Query.TOOL else Command(Query.OTHER)
    text = text.removesuffix("|| true").rstrip()
    if not text or _SHELL_SYNTAX.search(text):
        return Command(Query.OTHER)
    try:
        words = shlex.split(text)
    except ValueError:
        return Command(Query.OTHER)
    name, arguments = words[0], words[1:]
    if text == "pwd":
        return Command(Query.TEXT, text=f"{cwd}\n".encode())
    if name == "echo" and not any(word.startswith("-") for word in arguments):
        return Command(Query.TEXT, text=(" ".join(arguments) + "\n").encode())
    if name == "cat" and arguments and all(word.startswith("/") for word in arguments):
        return Command(Query.FILES, files=tuple(arguments))
    if arguments and all(word.startswith("-") for word in arguments):
        asks_fact = any(
            word in _FACTS or word.startswith(("-print-file-name=", "-print-prog-name="))
            for word in arguments
        )
        tool = _program(name)
        if asks_fact and tool:
            return Command(Query.TOOL, tools=(tool,))
    return Command(Query.OTHER)


def _program(name: str) -> str | None:
    """Return the absolute path of program `name`, links followed."""
    import shutil

    found = shutil.which(name)
    return os.path.realpath(found) if found else None

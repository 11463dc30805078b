"""Shell commands whose output depends on files and programs alone.

A command is understood when it is a pipeline of plain commands, each of a program in the table
below: then it depends on the programs, on the files and directory trees that its arguments name,
on a few variables of the environment (as far as they come from outside; what a makefile exports
follows from the makefile), and on nothing else. Everything else (redirections, substitutions,
unknown programs) is not understood.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genode_tool.makefile import packages
from genode_tool.makefile.inputs import Inputs, Kind

# Output follows from the arguments and from the files that these name.
_READERS = frozenset(
    """
    [ awk basename cat cut dirname echo egrep expr fgrep grep head ls md5sum nl printf readlink
    realpath rev sed seq sha1sum sha256sum sort stat tac tail test tr true uniq wc
    """.split()  # noqa: SIM905
)
_FINDERS = frozenset(("command", "type", "which"))
_TREES = frozenset(("find",))
_DANGEROUS = {
    "find": frozenset(("-delete", "-exec", "-execdir", "-ok", "-okdir", "-newer", "-mtime")),
    "sed": frozenset(("-i", "--in-place")),
    "sort": frozenset(("-o", "-R")),
    "ls": frozenset(("-l", "-la", "-al", "-t")),
    "stat": frozenset(("-",)),
}
_COMPILER = re.compile(r"(?:.*/)?(?:[\w.]+-)*(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld)(?:-[\d.]+)?")
_QUERIES = ("-print-", "-dump", "--print-", "--version", "-v")
_PLAIN_FLAG = re.compile(r"-[mfOWgD][\w=,.+-]*|-std=[\w+]+|--sysroot=\S*|-B\S*")
_UNSAFE = re.compile(r"[;&<>`$(){}\n\\!#~*?\[\]]")
_QUOTED = re.compile(r"'[^']*'")
_LIMIT = 20_000
# What changes the output of any program, and of compilers.
_LOCALE = (
    *("PATH", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME"),
    *("LANG", "LANGUAGE", "TZ", "POSIXLY_CORRECT", "GREP_OPTIONS", "COLUMNS", "QUOTING_STYLE"),
    *("AWKPATH", "BLOCK_SIZE", "_POSIX2_VERSION"),
)
_COMPILERS = (
    *("GCC_EXEC_PREFIX", "COMPILER_PATH", "LIBRARY_PATH", "CPATH", "SYSROOT"),
    *("C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS", "LDEMULATION"),
)


@dataclass(frozen=True, slots=True)
class Dependence:
    """What a command depends on: signatures by kind and path.

    The kinds are programs, files, directory trees, and variables of the environment by name.
    """

    signatures: tuple[tuple[str, str, str], ...]

    def changed(self, inputs: Inputs) -> str | None:
        """Return the path of what changed, None when nothing did."""
        for kind, path, signature in self.signatures:
            if _signature(inputs, kind, path) != signature:
                return path.partition("\0")[0]
        return None

    def to_data(self) -> list[list[str]]:
        """Return the dependence as what JSON can hold."""
        return [list(one) for one in self.signatures]

    @classmethod
    def from_data(cls, data: Any) -> Dependence:
        """Return the dependence that `to_data` gave."""
        return cls(tuple((str(kind), str(path), str(sign)) for kind, path, sign in data))


def dependence(
    inputs: Inputs, command: str, shell: str, cwd: str, env: Mapping[str, str]
) -> Dependence | None:
    """Return what `command` depends on, or None when that is not known."""
    if shell not in ("/bin/sh", "/bin/bash", "sh", "bash"):
        return None
    plain = command.replace("2>/dev/null", " ").replace("2>&1", " ")
    if _UNSAFE.search(_QUOTED.sub("", plain)):
        return None
    found: dict[tuple[str, str], str] = {}
    try:
        pieces = [shlex.split(piece) for piece in _pipeline(plain)]
    except ValueError:
        return None
    for words in pieces:
        if not words or "=" in words[0]:
            return None
        if not _understood(inputs, words, shell, cwd, env, found):
            return None
    return Dependence(tuple((kind, path, sign) for (kind, path), sign in found.items()))


def _pipeline(command: str) -> list[str]:
    pieces = [""]
    quote = ""
    for char in command:
        if quote:
            if char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "|":
            pieces.append("")
            continue
        pieces[-1] += char
    return pieces


def _understood(
    inputs: Inputs,
    words: list[str],
    shell: str,
    cwd: str,
    env: Mapping[str, str],
    found: dict[tuple[str, str], str],
) -> bool:
    program = words[0].rpartition("/")[2]
    if not _DANGEROUS.get(program, frozenset()).isdisjoint(words[1:]):
        return False
    path = env.get("PATH", os.defpath)

    def note(kind: str, what: str) -> None:
        found[kind, what] = _signature(inputs, kind, what)

    def note_environment(names: tuple[str, ...]) -> None:
        for name in names:
            if inputs.getenv(name) == env.get(name):
                note("environment", name)

    note_environment(_LOCALE)
    if program in _FINDERS:
        for word in words[1:]:
            if not word.startswith("-"):
                note("program", f"{word}\0{path}\0{cwd}")
        return True
    if _COMPILER.fullmatch(words[0]):
        queries = [word for word in words[1:] if word.startswith(_QUERIES)]
        others = [word for word in words[1:] if not word.startswith(_QUERIES)]
        if not queries or not all(_PLAIN_FLAG.fullmatch(word) for word in others):
            return False
        note("program", f"{words[0]}\0{path}\0{cwd}")
        note_environment(_COMPILERS)
        return True
    if program in packages.NAMES:
        files = packages.files(inputs, words, shell, cwd, env)
        if files is None:
            return False
        note("program", f"{words[0]}\0{path}\0{cwd}")
        note_environment(packages.VARIABLES)
        for one in files:
            note("file", one)
        return True
    if program not in _READERS and program not in _TREES:
        return False
    note("program", f"{words[0]}\0{path}\0{cwd}")
    for word in words[1:]:
        if word.startswith("-") or len(word) > 4096 or "\n" in word:
            continue
        note("tree" if program in _TREES else "file", os.path.join(cwd, word))  # noqa: PTH118
    return True


def _signature(inputs: Inputs, kind: str, path: str) -> str:
    if kind == "program":
        name, search, cwd = path.split("\0")
        return _program(inputs, name, search, cwd)
    if kind == "environment":
        value = inputs.getenv(path)
        return "none" if value is None else f"={value}"
    found = inputs.stat(path)
    if found is None:
        return "none"
    if found.kind is Kind.DIRECTORY:
        if kind == "tree":
            return _tree(inputs, path)
        names = inputs.listdir(path) or ()
        return "directory " + hashlib.blake2b("\0".join(names).encode(), digest_size=8).hexdigest()
    return f"{found.mtime_ns} {found.size}"


def _program(inputs: Inputs, name: str, search: str, cwd: str) -> str:
    directories = [""] if "/" in name else search.split(":")
    for directory in directories:
        candidate = os.path.join(cwd, directory, name)  # noqa: PTH118
        found = inputs.stat(candidate)
        if found is not None and found.kind is Kind.FILE:
            return f"{candidate} {found.mtime_ns} {found.size}"
    return "none"


def _tree(inputs: Inputs, top: str) -> str:
    """Return a signature of the names and kinds in a directory tree."""
    state = hashlib.blake2b(digest_size=12)
    open_ = [top]
    count = 0
    while open_:
        directory = open_.pop()
        for name in inputs.listdir(directory) or ():
            path = f"{directory}/{name}"
            found = inputs.stat(path)
            kind = found.kind.value if found else "none"
            state.update(f"{path}\0{kind}\0".encode("utf-8", "surrogateescape"))
            count += 1
            if count > _LIMIT:
                return "too large to tell"
            if found is not None and found.kind is Kind.DIRECTORY:
                open_.append(path)
    return state.hexdigest()

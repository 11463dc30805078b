"""The queries in the `$(shell …)` of descriptions, recognized by their text.

Most commands only query something: a directory's name, the content of a file, a path inside the
compiler, the flags of a package of the host. Such a query needs no shell, or its answer stays the
same until one of its programs changes, or a file that these read. All others run again in each
call.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from genode_tool.record import record
from genode_tool.regex import regex


class ShellQueryKind(Enum):
    """The kinds of commands, by what their answers depend on."""

    TEXT = "text"
    """The answer follows from the command itself."""
    FILES = "files"
    """The answer is the contents of files."""
    TOOL = "tool"
    """The answer depends on programs and named files alone, not on the current directory."""
    OTHER = "other"
    """Nothing is known."""


@record
class ShellQuery:
    """A classified command.

    `programs` are the names of the programs, and the paths of the files, that a TOOL query
    depends on.
    """

    kind: ShellQueryKind
    text: bytes = b""
    files: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def stamp(self, environment: Mapping[str, str]) -> Any:
        """Return plain data that changes when the answer may change; None: ask again.

        It is a tuple of (name, real path or None for nothing, time in ns, size) of programs and
        files. `environment` is that of the command.
        """
        if self.kind is not ShellQueryKind.TOOL:
            return None
        stamps = [_program_stamp(name) for name in self.programs]
        for name in self.programs:
            if _PACKAGES.fullmatch(name):
                own = tuple(environment.get(one, "") for one in ("PATH", *PACKAGE_VARIABLES))
                stamps += _package_stamps(name, own)
        return tuple(stamps)


_OTHER = ShellQuery(ShellQueryKind.OTHER)
_SHELL_SYNTAX = regex(r"[`$|&;<>()*?\[\]{}~#\n\\]")
_COMPILER = regex(r"(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang|clang\+\+|ld|as)(-[\d.]+)?")
_FILTERS = frozenset(
    ("grep", "sed", "tr", "cut", "sort", "uniq", "head", "tail", "awk", "dirname", "basename")
)
_BUILTINS = frozenset(("echo", "true", "false", ":", "printf"))
_LINKER_CACHE = "/etc/ld.so.cache"
_PACKAGES = regex(r"(.*[-/])?(pkg-config|pkgconf)")
PACKAGE_VARIABLES = ("PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR")
"""Variables of the environment that `pkg-config` heeds (pkg-config(1))."""

_ANSWER_SECONDS = 10.0


@lru_cache(maxsize=4096)
def classify(command: str, cwd: str) -> ShellQuery:
    """Return what `command`, run in directory `cwd`, asks."""
    text = command.strip()
    if text == "pwd":
        return ShellQuery(ShellQueryKind.TEXT, text=f"{cwd}\n".encode())
    plain = _plain_question(text)
    if plain is not None:
        return plain
    programs = _programs_of(text)
    return ShellQuery(ShellQueryKind.TOOL, programs=programs) if programs else _OTHER


def _plain_question(text: str) -> ShellQuery | None:
    """Return a question that needs no program: `echo` and `cat` of plain words."""
    if not text or _SHELL_SYNTAX.search(text):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return _OTHER
    name, arguments = words[0], words[1:]
    if name == "echo" and not any(word.startswith("-") for word in arguments):
        return ShellQuery(ShellQueryKind.TEXT, text=(" ".join(arguments) + "\n").encode())
    if name == "cat" and arguments and all(word.startswith("/") for word in arguments):
        return ShellQuery(ShellQueryKind.FILES, files=tuple(arguments))
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
    # Any word would do; one that looks like an option is never taken for a file.
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
            # Any other redirection reads or writes a file.
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
    # The digit of a redirection (`2>`) arrives as a word of its own.
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
    if _PACKAGES.fullmatch(base) and not any("/" in word for word in arguments):
        return (name,)
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
    found = program_path(name)
    return _file_stamp(name, os.path.realpath(found)) if found else (name, None)


def _file_stamp(name: str, real: str) -> tuple[Any, ...]:
    try:
        status = os.stat(real)  # noqa: PTH116
    except OSError:
        return (name, None)
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return (name, real, *times, status.st_size, status.st_ino, status.st_dev)


def program_path(name: str, path: str | None = None) -> str | None:
    """Return where the program `name` is found in `path` (default: PATH), None for nowhere."""
    return name if name.startswith("/") else shutil.which(name, path=path)


def search_directories(name: str, path: str) -> tuple[str, ...]:
    """Return the directories of `path` in which a program `name` is searched for, in order."""
    return () if "/" in name else tuple(one for one in path.split(":") if one)


@lru_cache(maxsize=64)
def _package_stamps(program: str, environment: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Return the stamps of all package descriptions that `program` may read, and their places."""
    path, own, instead, _ = environment
    places = [*own.split(":"), *(instead or _built_in_places(program, path)).split(":")]
    stamps = []
    for place in dict.fromkeys(filter(None, places)):
        stamps.append(_file_stamp(place, place))
        stamps += [_file_stamp(file, file) for file in sorted(_package_files(place))]
    return stamps


def _built_in_places(program: str, path: str) -> str:
    """Return where `program` searches for package descriptions by default, as it prints."""
    from genode_tool import process
    from genode_tool.errors import EnvironmentProblem

    try:
        argv = [program, "--variable=pc_path", "pkg-config"]
        answer = process.run(argv, env={"PATH": path}, timeout=_ANSWER_SECONDS)
    except EnvironmentProblem:
        return ""
    return answer.stdout.decode(errors="surrogateescape").strip()


def _package_files(place: str) -> Iterator[str]:
    try:
        names = os.listdir(place)  # noqa: PTH208 - names, not paths
    except OSError:
        return
    yield from (f"{place}/{name}" for name in names if name.endswith(".pc"))

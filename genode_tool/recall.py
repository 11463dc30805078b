"""Replays answers that are up to date: a call that did nothing, and would do nothing again.

When `genode make` finds nothing to build, or a command that only shows something (`genode graph`,
`genode targets`, `genode run --plan`) has shown it, what was printed is cached in the build
directory together with everything that it rests on: stamps of the files and directories that were
looked at, of what the build steps read and made, of the modules of the tool that had a part in it;
the words of the call, its directory, its environment. The launcher asks here first. If all of it
is as it was, the answer is printed; nothing else is imported, no program is started. If anything
differs, the call takes its normal way, as if there were no answer.

This module is the reading side and uses as little of Python as it can, because every import
counts: it runs before `site` has. `genode_tool.building.memory.answers` writes what it reads, in
the records of `genode_tool.building.memory.store`.

An answer is a file `var/genode/answers/NAME` that holds, in the form of `sealed`,
(`FORM`, (key, checks, parts, code)): checks as `up_to_date` compares them; parts are (descriptor,
text) in the order in which they were written, where `SECONDS` stands for how long the call took;
`code` is the exit code.
"""

from __future__ import annotations

import marshal
import os
import stat as stat_bits
import sys
import time
from _blake2 import blake2b  # `hashlib` would load OpenSSL

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` is such an import, too
    from collections.abc import Iterator
    from typing import Any

    Stamp = tuple[int, ...]
    Checks = tuple[
        dict[str, Stamp],
        dict[str, Stamp],
        dict[str, str | None],
        dict[str, str],
        dict[str, tuple[str, ...]],
    ]
    """The observations behind an answer, in the form that `up_to_date` compares."""

FORM = "answer 6"
DIRECTORY = "var/genode/answers"
"""Where answers are, relative to the build directory."""

SECONDS = "\ufdd0"
"""Stands in a text for the seconds that the call took, which have two decimals.

No character, so that it occurs nowhere else; and none that `report.control` takes out.
"""

_SHOWING: dict[str, tuple[str, ...]] = {
    "targets": (),
    "scenarios": (),
    "explain": (),
    "config": ("check", "routes", "graph", "get", "subnodes"),
    "port": ("list", "info", "current"),
    "depot": ("status", "list", "why", "dependencies"),
}
"""Commands that only show something; of a group of commands, these."""

_COMMANDS = ("make", "graph", "run", *_SHOWING)
_PLAN = "--plan"
_WITH_VALUE = ("-C", "--directory", "--color")
# Shells set these for each command or directory, a tool around this one its own (`keeper.MARK`);
# none has a part in an answer.
_VOLATILE = ("_", "OLDPWD", "PWD", "SHLVL", "GENODE_KEEPER")
_BUILD_DIR = "BUILD_DIR="
_DEPOT_DIR = "DEPOT_DIR="
_DEPOT_OPTION = "--depot-dir="
_OF_A_TREE = "build/x86_64"
_SEAL = 16
_BROKEN_PIPE = 128 + 13


def command_of(words: list[str]) -> str:
    """Return the command among the words of a call, "" when there is none."""
    return next(_plain(words), "")


def only_shows(words: list[str]) -> bool:
    """Tell whether the purpose of a call is what it prints, and that can be replayed."""
    plain = _plain(words)
    command = next(plain, "")
    if command == "run":
        return _PLAN in words
    known = _SHOWING.get(command)
    return known is not None and (not known or next(plain, "") in known)


def _plain(words: list[str]) -> Iterator[str]:
    """Yield the words of a call that are neither options, nor values of the general ones."""
    value = False
    for word in words:
        if value:
            value = False
        elif word in _WITH_VALUE:
            value = True
        elif not word.startswith("-"):
            yield word


def key_of(words: list[str], directory: str) -> tuple[object, ...]:
    """Return what two calls have in common that get the same answer; plain data.

    `directory` is the one that the call was started in.
    """
    environment = sorted(item for item in os.environ.items() if item[0] not in _VOLATILE)
    # Colours and the width of lines depend on them.
    terminals = tuple(_size(descriptor) for descriptor in (1, 2))
    # The environment may hold secrets: only a digest of it is written to disk.
    return (__file__, sys.executable, tuple(words), directory, terminals, _digest(environment))


def name_of(key: tuple[object, ...]) -> str:
    """Return the name of the file that has the answer for `key`."""
    return _digest(key)[:16]


def sealed(data: object) -> bytes:
    """Return plain data as bytes that `unsealed` reads, which detects damage."""
    content = marshal.dumps(data)  # type: ignore[arg-type]  # a recursive type that few can name
    return blake2b(content, digest_size=_SEAL).digest() + content


def unsealed(content: bytes) -> Any:
    """Return the data that `sealed` made `content` from; raises `ValueError` when it is damaged.

    `marshal` alone takes a damaged byte for a length, and allocates that much memory.
    """
    body = memoryview(content)[_SEAL:]
    if blake2b(body, digest_size=_SEAL).digest() != content[:_SEAL]:
        raise ValueError("damaged")
    return marshal.loads(body)


def _digest(data: object) -> str:
    text = repr(data).encode()  # a lone surrogate is escaped there
    return blake2b(text, digest_size=16).hexdigest()


def _size(descriptor: int) -> tuple[int, ...] | None:
    """Return the size of a terminal, None when the descriptor is not one."""
    try:
        return tuple(os.get_terminal_size(descriptor)) if os.isatty(descriptor) else None
    except OSError:
        return None


def replay(words: list[str], began: float) -> int | None:
    """Print the cached answer of a call if it is up to date; return its exit code.

    `words` are those of the command line, `began` is when the call started (`time.monotonic`).
    None: no such answer is cached, and nothing was printed.
    """
    command = command_of(words)
    if command not in _COMMANDS or (command == "run" and _PLAN not in words) or sys.stdout is None:
        return None
    try:
        directory = os.getcwd()
        key = key_of(words, directory)
        for place in places(words, directory):
            found = _read(f"{place}/{DIRECTORY}/{name_of(key)}", key)
            if found is not None:
                parts, code = found
                return _print(parts, began) or code
    except (OSError, ValueError, EOFError, TypeError):
        return None  # whatever is wrong, the normal way reports it
    return None


def places(words: list[str], directory: str) -> list[str]:
    """Return the build directories that a call may mean; only the right one has its answer."""
    for option, value in zip(words, words[1:], strict=False):
        if option in ("-C", "--directory"):
            directory = os.path.join(directory, value)
    found = [
        os.path.join(directory, word.partition("=")[2])
        for word in words
        if word.startswith((_BUILD_DIR, _DEPOT_DIR, _DEPOT_OPTION))
    ]
    if place := os.environ.get(_DEPOT_DIR[:-1]):
        found.append(os.path.join(directory, place))
    while True:
        found += [directory, f"{directory}/{_OF_A_TREE}", f"{directory}/depot"]
        above = os.path.dirname(directory)
        if above == directory:
            return found
        directory = above


def _read(path: str, key: tuple[object, ...]) -> tuple[list[tuple[int, str]], int] | None:
    try:
        with open(path, "rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_uid not in (0, os.geteuid()):
                return None  # the normal way asks whether its owner is trusted
            data = file.read()
    except OSError:
        return None
    form, answer = unsealed(data)
    if form != FORM:
        return None
    theirs, checks, parts, code = answer
    # File names are short digests: the whole key tells whether this is the call's answer.
    return (parts, code) if theirs == key and up_to_date(checks) else None


def up_to_date(checks: Checks) -> bool:
    """Return whether everything is as it was.

    `checks` are dictionaries by path: of files with (mtime, ctime, size, inode, device), of
    directories with the same but the size, of paths with their kinds ("file", "directory",
    "other", None for nothing), of paths with what they are free of links, of directories with
    their sorted names. Times are in ns.
    """
    files, directories, kinds, reals, names = checks
    # A local name: the loop below runs for thousands of files in each idle call.
    look = os.stat
    try:
        for path, stamp in files.items():
            found = look(path)
            if stamp != (
                found.st_mtime_ns,
                found.st_ctime_ns,
                found.st_size,
                found.st_ino,
                found.st_dev,
            ):
                return False
        for path, stamp in directories.items():
            found = look(path)
            if stamp != (
                found.st_mtime_ns,
                found.st_ctime_ns,
                found.st_ino,
                found.st_dev,
            ):
                return False
        return (
            all(kind_at(path) == kind for path, kind in kinds.items())
            and all(os.path.realpath(path) == real for path, real in reals.items())
            and all(sorted(os.listdir(path)) == list(had) for path, had in names.items())
        )
    except OSError:
        return False


def kind_at(path: str) -> str | None:
    """Return "file", "directory", "other", or None for what is at a path, past links."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return None
    if stat_bits.S_ISREG(mode):
        return "file"
    return "directory" if stat_bits.S_ISDIR(mode) else "other"


def _print(parts: list[tuple[int, str]], began: float) -> int:
    try:
        for descriptor, text in parts:
            text = text.replace(SECONDS, f"{time.monotonic() - began:.2f}")
            rest = text.encode(errors="surrogateescape")
            while rest:
                rest = rest[os.write(descriptor, rest) :]
    except BrokenPipeError:  # the reader has closed its end
        return _BROKEN_PIPE
    return 0

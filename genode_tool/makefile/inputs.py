"""The only way from a makefile to the outside: files, directories, environment, shell.

Every path is absolute; an evaluation joins relative names to its own working directory, so that
nothing depends on the directory of this process.
"""

from __future__ import annotations

import enum
import os
import stat as stat_bits
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Protocol

from genode_tool.makefile.problems import MakefileError
from genode_tool.makefile.shell_words import simple_command
from genode_tool.record import NamedTuple, record

_MOST_BYTES = 256 << 20  # of a file, or of what a command prints
_BLOCK = 1 << 20


class Kind(enum.Enum):
    """The kind of thing at a path."""

    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"


class Stat(NamedTuple):
    """The result of stat(2), links followed; time in nanoseconds, size in bytes."""

    kind: Kind
    mtime_ns: int
    size: int


@record
class ShellResult:
    """Standard output and exit status (as a shell counts it) of a shell command."""

    stdout: bytes
    status: int


class Inputs(Protocol):
    """The outside as an evaluation sees it."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None when there is no readable file."""

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """Return the sorted names in a directory, or None when it is not one."""

    def stat(self, path: str) -> Stat | None:
        """Return the status of the file at `path` (links followed), or None."""

    def realpath(self, path: str) -> str | None:
        """Return the path without links, or None when it does not exist."""

    def getenv(self, name: str) -> str | None:
        """Return one variable of the environment."""

    def environ(self) -> Mapping[str, str]:
        """Return the whole environment."""

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        """Run `shell *flags command` in directory `cwd` and return what it printed."""


class RealInputs:
    """The machine as it is.

    `stderr` is the descriptor that shell commands write errors to; `before_shell` is called before
    each of them.
    """

    def __init__(self, stderr: int = 2, before_shell: Callable[[], None] | None = None) -> None:
        self._stderr = stderr
        self._before_shell = before_shell

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None when there is no readable file."""
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - a string in, thousands of times
                status = os.fstat(file.fileno())
                if stat_bits.S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES:
                    return file.read()
                return _all_of(file, path)
        except (OSError, ValueError):
            return None

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """Return the sorted names in a directory, or None when it is not one."""
        try:
            return tuple(sorted(os.listdir(path)))  # noqa: PTH208 - names, not paths
        except (OSError, ValueError):
            return None

    def stat(self, path: str) -> Stat | None:
        """Return the status of the file at `path` (links followed), or None."""
        try:
            found = os.stat(path)  # noqa: PTH116 - a string in, ten thousand times
        except (OSError, ValueError):
            return None
        mode = found.st_mode
        kind = (
            Kind.FILE
            if stat_bits.S_ISREG(mode)
            else Kind.DIRECTORY
            if stat_bits.S_ISDIR(mode)
            else Kind.OTHER
        )
        return Stat(kind, found.st_mtime_ns, found.st_size)

    def realpath(self, path: str) -> str | None:
        """Return the path without links, or None when it does not exist."""
        try:
            return os.path.realpath(path, strict=True)
        except (OSError, ValueError):
            return None

    def getenv(self, name: str) -> str | None:
        """Return one variable of the environment."""
        return os.environ.get(name)

    def environ(self) -> Mapping[str, str]:
        """Return the whole environment."""
        return os.environ

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        """Run `shell *flags command` in directory `cwd` and return what it printed.

        Its standard error is ours, as with GNU make, and so is that a command without anything
        for the shell in it is started without one. A program that cannot be started has the
        status 127.
        """
        argv = [shell, *flags, command]
        if shell == "/bin/sh" and flags in (("-c",), ("-ec",)):
            simple = simple_command(command)
            if simple == []:
                return ShellResult(b"", 0)
            argv = simple or argv
        if self._before_shell is not None:
            self._before_shell()
        return self.captured(argv, cwd, env)

    def captured(self, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> ShellResult:
        """Run a program and return what it prints."""
        # Most calls of make run nothing; what starts processes takes a tenth of their time.
        from genode_tool import process
        from genode_tool.makefile.child import start_command

        try:
            child = start_command(
                argv, cwd=cwd, env=env, stdout=-1, stderr=self._stderr, new_session=False
            )
        except process.CannotStart as error:
            text = f"make: {argv[0]}: {error.reason}\n"
            os.write(self._stderr, text.encode("utf-8", "surrogateescape"))
            return ShellResult(b"", 127)
        try:
            assert child.stdout is not None
            with child.stdout:
                out = _all_of(child.stdout, f"what `{argv[-1]}` prints")
            child.wait()
        except BaseException:
            child.kill()
            child.wait()
            raise
        status = child.returncode if child.returncode >= 0 else 128 - child.returncode
        return ShellResult(out, status)


def _all_of(file: IO[bytes], name: str) -> bytes:
    """Return what is left of a file that may have no end, such as a device.

    Raises `MakefileError` when it is more than any makefile needs, before it is all of the memory.
    """
    parts, size = [], 0
    while part := file.read(_BLOCK):
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise MakefileError(f"{name} is too long: more than {_MOST_BYTES >> 20} MiB")
    return b"".join(parts)


class MemoInputs:
    """Asks for each file and directory once, while nothing else changes them."""

    def __init__(self, inner: Inputs) -> None:
        self._inner = inner
        self._read: dict[str, bytes | None] = {}
        self._listdir: dict[str, tuple[str, ...] | None] = {}
        self._stat: dict[str, Stat | None] = {}
        self._realpath: dict[str, str | None] = {}

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None when there is no readable file."""
        if path in self._read:
            return self._read[path]
        return self._read.setdefault(path, self._inner.read(path))

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """Return the sorted names in a directory, or None when it is not one."""
        if path in self._listdir:
            return self._listdir[path]
        return self._listdir.setdefault(path, self._inner.listdir(path))

    def stat(self, path: str) -> Stat | None:
        """Return the status of the file at `path` (links followed), or None."""
        if path in self._stat:
            return self._stat[path]
        return self._stat.setdefault(path, self._inner.stat(path))

    def realpath(self, path: str) -> str | None:
        """Return the path without links, or None when it does not exist."""
        if path in self._realpath:
            return self._realpath[path]
        return self._realpath.setdefault(path, self._inner.realpath(path))

    def getenv(self, name: str) -> str | None:
        """Return one variable of the environment."""
        return self._inner.getenv(name)

    def environ(self) -> Mapping[str, str]:
        """Return the whole environment."""
        return self._inner.environ()

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        """Run a shell command; it may have side effects, so its result is not cached."""
        return self._inner.shell(command, shell=shell, flags=flags, cwd=cwd, env=env)

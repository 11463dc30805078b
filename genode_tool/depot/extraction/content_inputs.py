"""The outside as a recipe sees it: the archive as it grows, and sources, which are noted."""

from __future__ import annotations

from collections.abc import Mapping

from genode_tool.depot.extraction.stage import Stage
from genode_tool.makefile import Inputs, ShellResult, Stat
from genode_tool.regex import regex

_PATHS = regex(r"(?<![\w./-])/[^\s\"'`;|&<>(){}$,:]+")
_PORT_CALL = b"port_dir"
_MAGIC = regex(r"[*?\[]")


class ContentInputs:
    """What lies in the archive is looked at each time, in `own`; all else is in `outside`, noted.

    `ports_missing`: shell commands are not run, because what they look for is not there; they
    print nothing.
    """

    def __init__(self, stage: Stage, own: Inputs, outside: Inputs) -> None:
        self._stage = stage
        self._own = own
        self._outside = outside
        self.ports_missing = False
        self.port_calls = 0
        """How often the function that finds a port stands in the makefiles that were read."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None when there is no readable file."""
        if self._stage.has(path):
            return self._own.read(path)
        self._stage.seen.file(path)
        text = self._outside.read(path)
        self.port_calls += text.count(_PORT_CALL) if text else 0
        return text

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """Return the sorted names in a directory, or None when it is not one."""
        if self._stage.has(path):
            return self._own.listdir(path)
        self._stage.seen.directory(path)
        return self._outside.listdir(path)

    def stat(self, path: str) -> Stat | None:
        """Return the status of the file at `path` (links followed), or None."""
        if self._stage.has(path):
            return self._own.stat(path)
        found = self._outside.stat(path)
        self._stage.seen.kind(path, found.kind.value if found else None)
        return found

    def realpath(self, path: str) -> str | None:
        """Return the path without links, or None when it does not exist."""
        if self._stage.has(path):
            return self._own.realpath(path)
        found = self._outside.realpath(path)
        self._stage.seen.real(path, found)
        return found

    def getenv(self, name: str) -> str | None:
        """Return one variable of the environment."""
        return self._own.getenv(name)

    def environ(self) -> Mapping[str, str]:
        """Return the whole environment."""
        return self._own.environ()

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        """Run a shell command in the archive's directory."""
        if self.ports_missing:
            return ShellResult(b"", 0)
        self.note_command(command)
        return self._own.shell(command, shell=shell, flags=flags, cwd=cwd, env=env)

    def note_command(self, command: str) -> None:
        """Note all that a command for the shell names outside of the archive, with what is below.

        What a program reads besides cannot be known.
        """
        for path in _PATHS.findall(command):
            if not self._stage.has(path):
                plain = _MAGIC.split(path, maxsplit=1)[0]
                self._stage.seen.tree(path if plain == path else plain.rpartition("/")[0])

"""The view that one evaluation has of the machine, with a record of what it has looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genode_tool.building.memory.observation import Look
from genode_tool.building.memory.observatory import Observatory
from genode_tool.building.memory.shell_queries import PACKAGE_VARIABLES, ShellQueryKind, classify

if TYPE_CHECKING:  # importing the makefile machinery takes longer than finding nothing changed
    from genode_tool.makefile import ShellResult, Stat


class EvaluationScope:
    """The `Inputs` of one evaluation; `seen` are the numbers of what it looked at."""

    def __init__(self, observatory: Observatory) -> None:
        self._observatory = observatory
        self.seen: set[int] = set()

    def _look(self, *key: Any) -> Any:
        observatory = self._observatory
        number = observatory.numbers.get(key)
        if number is None:
            number = observatory.look(key)
        self.seen.add(number)
        return observatory.answers[number]

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None."""
        found: bytes | None = self._look(Look.READ, path)
        return found

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """Return the sorted names in a directory, or None."""
        found: tuple[str, ...] | None = self._look(Look.LIST, path)
        return found

    def stat(self, path: str) -> Stat | None:
        """Return what is at a path; only its kind is recorded."""
        found: Stat | None = self._look(Look.KIND, path)
        return found

    def realpath(self, path: str) -> str | None:
        """Return the path free of links, or None."""
        found: str | None = self._look(Look.REAL, path)
        return found

    def getenv(self, name: str) -> str | None:
        """Return one variable of the environment."""
        found: str | None = self._look(Look.ENV, name)
        return found

    def environ(self) -> Mapping[str, str]:
        """Return the whole environment; it is part of every call's configuration."""
        return self._observatory.environment

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        """Run a shell command, or answer it without a shell when it is a mere query."""
        from genode_tool.makefile import ShellResult

        query = classify(command, cwd)
        if query.kind is ShellQueryKind.TEXT:
            return ShellResult(query.text, 0)
        if query.kind is ShellQueryKind.FILES:
            contents = [self.read(path) for path in query.files]
            if all(content is not None for content in contents):
                return ShellResult(b"".join(content or b"" for content in contents), 0)
        if query.kind is ShellQueryKind.TOOL:
            # Neither the directory nor the other variables have a part in the answer: queries that
            # differ in these alone are asked once.
            cwd = "/"
            heeded = ("PATH", "LANG", "LC_ALL", *PACKAGE_VARIABLES)
            env = {name: env[name] for name in heeded if name in env}
        found: ShellResult = self._look(
            Look.SHELL, command, shell, flags, cwd, tuple(sorted(env.items()))
        )
        return found

"""What an evaluation looked at, and whether any of it changed since.

The record is complete: an evaluation sees the outside through `Inputs` only, so when nothing in
the record changed, the same evaluation gives the same result. Shell commands of kinds that are
known to depend on files, programs and some of the environment alone are compared by those; any
other is run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from genode_tool.makefile.inputs import Inputs, ShellResult, Stat
from genode_tool.makefile.purity import Dependence, dependence

_FORMAT = 3


def digest(content: bytes) -> str:
    """Return a short name for a content."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file that was read: its digest, and time and size that tell quickly that it is the same."""

    digest: str
    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class ShellSeen:
    """A shell command that ran, what it printed, and on what it depends.

    `environment` is the digest of its environment. `pure` is None for a command of unknown kind.
    """

    command: str
    shell: str
    flags: tuple[str, ...]
    cwd: str
    environment: str
    output: str
    status: int
    pure: Dependence | None


@dataclass(slots=True)
class Record:
    """All observations of one evaluation."""

    files: dict[str, FileSeen | None] = field(default_factory=dict)
    directories: dict[str, str | None] = field(default_factory=dict)
    kinds: dict[str, str | None] = field(default_factory=dict)
    realpaths: dict[str, str | None] = field(default_factory=dict)
    variables: dict[str, str | None] = field(default_factory=dict)
    environ: str | None = None
    shells: list[ShellSeen] = field(default_factory=list)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def stale(self, inputs: Inputs) -> str | None:
        """Return why an evaluation with this record must be repeated, None when it need not.

        `inputs` must be of the kind that was recorded, with the same planned outputs.
        """
        for path, seen in self.files.items():
            reason = _file_changed(inputs, path, seen)
            if reason:
                return reason
        for path, kind in self.kinds.items():
            if _kind(inputs.stat(path)) != kind:
                return f"{path} {'appeared' if kind is None else 'vanished or changed its kind'}"
        for path, names in self.directories.items():
            if _names(inputs.listdir(path)) != names:
                return f"the files in {path} changed"
        for path, real in self.realpaths.items():
            if inputs.realpath(path) != real:
                return f"{path} leads elsewhere"
        for name, value in self.variables.items():
            if inputs.getenv(name) != value:
                return f"the environment variable {name} changed"
        if self.environ is not None and _environ(inputs.environ()) != self.environ:
            return "the environment changed"
        for shell in self.shells:
            reason = self._shell_changed(inputs, shell)
            if reason:
                return reason
        return None

    def _shell_changed(self, inputs: Inputs, seen: ShellSeen) -> str | None:
        if seen.pure is not None:
            changed = seen.pure.changed(inputs)
            return f"`{seen.command}` depends on {changed}, which changed" if changed else None
        now = inputs.shell(
            seen.command,
            shell=seen.shell,
            flags=seen.flags,
            cwd=seen.cwd,
            env=self.environments[seen.environment],
        )
        if now.status != seen.status or _text(now.stdout) != seen.output:
            return f"the output of `{seen.command}` changed"
        return None

    def to_data(self) -> dict[str, Any]:
        """Return the record as what JSON can hold."""
        return {
            "format": _FORMAT,
            "files": {
                path: None if seen is None else [seen.digest, seen.mtime_ns, seen.size]
                for path, seen in self.files.items()
            },
            "directories": self.directories,
            "kinds": self.kinds,
            "realpaths": self.realpaths,
            "variables": self.variables,
            "environ": self.environ,
            "shells": [
                [
                    one.command,
                    one.shell,
                    list(one.flags),
                    one.cwd,
                    one.environment,
                    one.output,
                    one.status,
                    None if one.pure is None else one.pure.to_data(),
                ]
                for one in self.shells
            ],
            "environments": self.environments,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Record | None:
        """Return the record that `to_data` gave; None for one of another format."""
        if data.get("format") != _FORMAT:
            return None
        return cls(
            {p: None if s is None else FileSeen(*s) for p, s in data["files"].items()},
            dict(data["directories"]),
            dict(data["kinds"]),
            dict(data["realpaths"]),
            dict(data["variables"]),
            data["environ"],
            [
                ShellSeen(
                    command,
                    shell,
                    tuple(flags),
                    cwd,
                    environment,
                    output,
                    status,
                    None if pure is None else Dependence.from_data(pure),
                )
                for command, shell, flags, cwd, environment, output, status, pure in data["shells"]
            ],
            {name: dict(one) for name, one in data["environments"].items()},
        )


class RecordingInputs:
    """Notes every observation in `record` with its result.

    `ignore` tells paths whose presence and content are not to be noted, such as the outputs of
    the very steps that come out of the evaluation.
    """

    def __init__(self, inner: Inputs, ignore: Callable[[str], bool] | None = None) -> None:
        self._inner = inner
        self._ignore = ignore
        self.record = Record()

    def _ignored(self, path: str) -> bool:
        return self._ignore is not None and self._ignore(path)

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None when there is no readable file."""
        content = self._inner.read(path)
        if path not in self.record.files and not self._ignored(path):
            seen = None
            if content is not None:
                found = self._inner.stat(path)
                seen = FileSeen(digest(content), found.mtime_ns if found else 0, len(content))
            self.record.files[path] = seen
        return content

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """Return the sorted names in a directory, or None when it is not one."""
        names = self._inner.listdir(path)
        if not self._ignored(path):
            self.record.directories.setdefault(path, _names(names))
        return names

    def stat(self, path: str) -> Stat | None:
        """Return what stands behind `path` (links followed), or None; only its kind is noted."""
        found = self._inner.stat(path)
        if path not in self.record.kinds and not self._ignored(path):
            self.record.kinds[path] = _kind(found)
        return found

    def realpath(self, path: str) -> str | None:
        """Return the path free of links, or None when nothing stands there."""
        real = self._inner.realpath(path)
        if not self._ignored(path):
            self.record.realpaths.setdefault(path, real)
        return real

    def getenv(self, name: str) -> str | None:
        """Return one variable of the environment."""
        value = self._inner.getenv(name)
        self.record.variables.setdefault(name, value)
        return value

    def environ(self) -> Mapping[str, str]:
        """Return the whole environment."""
        environ = self._inner.environ()
        self.record.environ = _environ(environ)
        return environ

    def shell(
        self,
        command: str,
        *,
        shell: str,
        flags: tuple[str, ...],
        cwd: str,
        env: Mapping[str, str],
    ) -> ShellResult:
        """Run a shell command and note it with its result."""
        result = self._inner.shell(command, shell=shell, flags=flags, cwd=cwd, env=env)
        record = self.record
        pure = dependence(self._inner, command, shell, cwd, env)
        key = ""
        if pure is None:
            key = _environ(env)
            if key not in record.environments:
                record.environments[key] = dict(env)
        seen = ShellSeen(command, shell, flags, cwd, key, _text(result.stdout), result.status, pure)
        if seen not in record.shells:
            record.shells.append(seen)
        return result


def _file_changed(inputs: Inputs, path: str, seen: FileSeen | None) -> str | None:
    found = inputs.stat(path)
    if seen is None:
        return f"{path} appeared" if found is not None and inputs.read(path) is not None else None
    if found is not None and (found.mtime_ns, found.size) == (seen.mtime_ns, seen.size):
        return None
    content = inputs.read(path)
    if content is None:
        return f"{path} vanished"
    return None if digest(content) == seen.digest else f"{path} changed"


def _kind(found: Stat | None) -> str | None:
    return None if found is None else found.kind.value


def _names(names: tuple[str, ...] | None) -> str | None:
    return None if names is None else digest("\0".join(names).encode("utf-8", "surrogateescape"))


def _environ(environ: Mapping[str, str]) -> str:
    lines = [f"{name}={environ[name]}" for name in sorted(environ)]
    return digest("\0".join(lines).encode("utf-8", "surrogateescape"))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")

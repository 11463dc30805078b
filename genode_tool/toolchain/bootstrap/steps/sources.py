"""The sources of binutils, GCC and GDB, and the ways to get them.

`ReleaseSources` downloads what a Genode release pins, `DebianSources` takes the packages
binutils-source, gcc-N-source and gdb-source (apt checks what it downloads), and
`DirectorySources` what the user has. Each names an action that leaves an archive, or the
directory with unpacked sources, at a known place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from genode_tool import process
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.settings.layered import LayeredSettings
from genode_tool.settings.layers import user_directory
from genode_tool.toolchain.bootstrap.components import Component
from genode_tool.toolchain.bootstrap.steps.actions import (
    DebianPackage,
    Download,
    StepAction,
    UseDirectory,
)
from genode_tool.toolchain.bootstrap.versions import Versions

_APT_S = 60
_ARCHIVES = (".tar.xz", ".tar.gz", ".tar.bz2", ".tar.zst", ".tar")


@dataclass(frozen=True, slots=True)
class Supply:
    """The sources of a component: after `action`, `path` is an archive or a directory."""

    version: str
    path: Path
    action: StepAction


class ToolChainSources(Protocol):
    """One way of getting sources."""

    def supply(self, component: Component) -> Supply:
        """Return the supply of sources for `component`.

        Raises `UserError` or `EnvironmentProblem` when there is none.
        """

    def name(self) -> str:
        """Return the tool chain's name, which is its directory's below the default place."""


@dataclass(frozen=True, slots=True)
class ReleaseSources:
    """The archives that `versions` name, downloaded into `cache`.

    Mirrors and digests are those of `settings`.
    """

    versions: Versions
    cache: Path
    settings: LayeredSettings

    def name(self) -> str:
        """The release's own name for it."""
        return self.versions.name

    def supply(self, component: Component) -> Supply:
        """Return a download, from the first mirror that has the archive with the known hash."""
        version: str = getattr(self.versions, component.value)
        stem = f"{component.value}-{version}"
        digests = self.settings.tool_chains.archives
        name = next((one for one in digests if one.startswith(f"{stem}.tar.")), None)
        if name is None:
            raise UserError(
                f"no known digest to verify a download of {stem}",
                hint=f"add it to `archives` in tool_chains.toml of {user_directory()}, or download"
                f" {stem}.tar.* yourself and use `--source DIR`",
            )
        below = f"gcc/{stem}/{name}" if component is Component.GCC else f"{component.value}/{name}"
        mirrors = self.settings.mirrors.mirrors.gnu
        urls = tuple(f"{mirror.rstrip('/')}/{below}" for mirror in mirrors)
        path = self.cache / f"{digests[name]}_{name}"
        return Supply(version, path, Download(component.value, urls, digests[name], name, path))


@dataclass(frozen=True, slots=True)
class DebianSources:
    """The distribution's packages of sources, stored in `directory`."""

    directory: Path

    def name(self) -> str:
        """Named by GCC's version, as the distribution's releases differ by it."""
        return f"debian-{self._candidate(_newest_gcc())[0]}"

    def supply(self, component: Component) -> Supply:
        """Return a download through apt."""
        package = _newest_gcc() if component is Component.GCC else f"{component.value}-source"
        version, full = self._candidate(package)
        directory = self.directory / f"{package}_{full.replace(':', '%3a')}"
        pattern = rf"{component.value}(-[\d.]+[\w.+~-]*)?\.tar\.\w+"
        archive = directory / f"{component.value}.tar"
        return Supply(version, archive, DebianPackage(package, full, pattern, archive))

    def _candidate(self, package: str) -> tuple[str, str]:
        """Return the upstream and the full version of `package` that apt would take."""
        shown = _apt_cache("show", "--no-all-versions", package)
        found = re.search(r"^Version: (?:\d+:)?(([\d.]+)\S*)$", shown, re.MULTILINE)
        if not found:
            raise EnvironmentProblem(
                f"no such package in apt: {package}",
                hint="`apt-get update` (with sudo) reads the package lists; "
                "a Debian source is needed",
            )
        full = re.search(r"^Version: (\S+)$", shown, re.MULTILINE)
        assert full
        return found[2], full[1]


@dataclass(frozen=True, slots=True)
class DirectorySources:
    """Archives or unpacked sources in `directory`, whatever their version."""

    directory: Path

    def name(self) -> str:
        """Named by GCC's version."""
        return f"gcc-{self.supply(Component.GCC).version}"

    def supply(self, component: Component) -> Supply:
        """Return the archive NAME-VERSION.tar.*, or NAME or NAME-VERSION with a `configure`."""
        name = component.value
        found = sorted(
            path
            for path in _entries(self.directory)
            if re.fullmatch(rf"{name}([-_][\d.]+.*)?", path.name)
            and (path.name.endswith(_ARCHIVES) or (path / "configure").is_file())
        )
        if not found:
            raise UserError(
                f"{self.directory} has no sources of {component.title}: wanted "
                f"{name}-VERSION.tar.xz (or .gz, .bz2), or {name}-VERSION/ with a configure script",
                hint="use `--source debian` for the distribution's",
            )
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise UserError(
                f"{self.directory} has several sources of {component.title}: {names}",
                hint="leave one of them there",
            )
        versions = re.findall(r"[-_](\d+(?:\.\d+)*)", found[0].name) or ["unknown"]
        return Supply(max(versions, key=len), found[0], UseDirectory(str(found[0])))


def _entries(directory: Path) -> Iterable[Path]:
    try:
        return list(directory.iterdir())
    except OSError as error:
        raise UserError(f"cannot read --source {directory}: {error.strerror}") from error


def _newest_gcc() -> str:
    names = _apt_cache("pkgnames", "gcc-").split()
    found = [int(m[1]) for one in names if (m := re.fullmatch(r"gcc-(\d+)-source", one))]
    if not found:
        raise EnvironmentProblem(
            "no such package in apt: gcc-N-source",
            hint="`apt-get update` (with sudo) reads the package lists; a Debian source is needed",
        )
    return f"gcc-{max(found)}-source"


def _apt_cache(*words: str) -> str:
    if not process.find_program("apt-cache"):
        raise EnvironmentProblem(
            "`--source debian` needs apt, which is not installed",
            hint="`--source DIR` takes archives of your own",
        )
    done = process.run(
        ["apt-cache", *words], timeout=_APT_S, env=process.scrubbed_environment({"LC_ALL": "C"})
    )
    return done.stdout.decode(errors="replace")

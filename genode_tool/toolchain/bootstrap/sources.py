"""Where the archives of binutils, GCC and GDB come from.

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
from genode_tool.toolchain.bootstrap.components import Component
from genode_tool.toolchain.bootstrap.steps.actions import (
    Action,
    DebianPackage,
    Download,
    Nothing,
)
from genode_tool.toolchain.bootstrap.versions import Versions

_APT_S = 60
_ARCHIVES = (".tar.xz", ".tar.gz", ".tar.bz2", ".tar.zst", ".tar")
_MIRRORS = ("https://ftp.gnu.org/gnu", "http://ftp.fu-berlin.de/gnu")

# SHA-256 (40 digits: SHA-1) of the archives, as the framework's ports declare them.
_HASHES = {
    "binutils-2.28.tar.bz2": "f8b033731f6baa437d429c60e2623570f1ef9d6b",
    "binutils-2.32.tar.xz": "0ab6c55dd86a92ed561972ba15b9b70a8b9f75557f896446c82e8b36e473ee04",
    "binutils-2.36.1.tar.xz": "e81d9edf373f193af428a0f256674aea62a9d74dfe93f65192d4eae030b0f3b0",
    "binutils-2.40.tar.xz": "0f8a4c272d7f17f369ded10a4aca28b8e304828e95526da482b0ccc4dfc9d8e1",
    "binutils-2.44.tar.xz": "ce2017e059d63e67ddb9240e9d4ec49c2893605035cd60e92ad53177f4377237",
    "gcc-6.3.0.tar.bz2": "928ab552666ee08eed645ff20ceb49d139205dea",
    "gcc-8.3.0.tar.xz": "64baadfe6cc0f4947a84cb12d7f0dfaf45bb58b7e92461639596c21e02d97d2c",
    "gcc-10.3.0.tar.xz": "64f404c1a650f27fc33da242e1f2df54952e3963a49e06e73f6940f3223ac344",
    "gcc-12.3.0.tar.xz": "949a5d4f99e786421a93b532b22ffab5578de7321369975b91aec97adfda8c3b",
    "gcc-14.2.0.tar.xz": "a7b39bc69cbf9e25826c5a60ab26477001f7c08d85cec04bc0e29cabed6f3cc9",
    "gdb-7.3.1.tar.bz2": "e57f2c7f93536ef54fab728eb733bf2c36550718",
    "gdb-8.2.1.tar.xz": "0a6a432907a03c5c8eaad3c3cffd50c00a40c3a5e3c4039440624bae703f2202",
    "gdb-10.2.tar.xz": "aaa1223d534c9b700a8bec952d9748ee1977513f178727e1bee520ee000b4f29",
    "gdb-13.1.tar.xz": "115ad5c18d69a6be2ab15882d365dda2a2211c14f480b3502c6eba576e2e95a0",
    "gdb-16.3.tar.xz": "bcfcd095528a987917acf9fff3f1672181694926cc18d609c99d0042c00224c5",
}


@dataclass(frozen=True, slots=True)
class Supply:
    """The sources of a component: after `action`, `path` is an archive or a directory."""

    version: str
    path: Path
    action: Action


class Sources(Protocol):
    """One way of getting sources."""

    def supply(self, component: Component) -> Supply:
        """Return how the sources of `component` are had.

        Raises `UserError` or `EnvironmentProblem` when it is clear already that they are not.
        """

    def name(self) -> str:
        """Return what the tool chain is called: its directory's name below the usual place."""


@dataclass(frozen=True, slots=True)
class ReleaseSources:
    """The archives that `versions` name, downloaded into `cache`."""

    versions: Versions
    cache: Path

    def name(self) -> str:
        """The release's own name for it."""
        return self.versions.name

    def supply(self, component: Component) -> Supply:
        """Return a download, from the first mirror that has the archive with the known hash."""
        version: str = getattr(self.versions, component.value)
        stem = f"{component.value}-{version}"
        name = next((one for one in _HASHES if one.startswith(f"{stem}.tar.")), None)
        if name is None:
            raise UserError(
                f"no hash is known for {stem}, so that its archive cannot be trusted unseen",
                hint=f"download {stem}.tar.* yourself and use `--source DIR`",
            )
        below = f"gcc/{stem}/{name}" if component is Component.GCC else f"{component.value}/{name}"
        urls = tuple(f"{mirror}/{below}" for mirror in _MIRRORS)
        path = self.cache / f"{_HASHES[name]}_{name}"
        return Supply(version, path, Download(component.value, urls, _HASHES[name], name, path))


@dataclass(frozen=True, slots=True)
class DebianSources:
    """The distribution's packages of sources, kept in `directory`."""

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
                f"apt knows no package {package}",
                hint="`apt-get update` (with sudo) gets the lists; a Debian source is needed",
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
                hint="`--source debian` takes the distribution's",
            )
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise UserError(
                f"{self.directory} has several sources of {component.title}: {names}",
                hint="leave one of them there",
            )
        versions = re.findall(r"[-_](\d+(?:\.\d+)*)", found[0].name) or ["unknown"]
        return Supply(max(versions, key=len), found[0], Nothing(str(found[0])))


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
            "apt knows no package gcc-N-source",
            hint="`apt-get update` (with sudo) gets the lists; a Debian source is needed",
        )
    return f"gcc-{max(found)}-source"


def _apt_cache(*words: str) -> str:
    if not process.find_program("apt-cache"):
        raise EnvironmentProblem(
            "`--source debian` needs apt, which is not here",
            hint="`--source DIR` takes archives of your own",
        )
    done = process.run(
        ["apt-cache", *words], timeout=_APT_S, env=process.scrubbed_environment({"LC_ALL": "C"})
    )
    return done.stdout.decode(errors="replace")

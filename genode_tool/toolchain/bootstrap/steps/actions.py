"""The actions of steps. They are values, since a step's stamp is a digest of them.

Each is called with the work directory it runs in, and lists its commands for a dry run.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from genode_tool.errors import BuildFailed
from genode_tool.files import write_if_changed
from genode_tool.toolchain.bootstrap.components import Component
from genode_tool.toolchain.bootstrap.execution.work_directory import WorkDirectory
from genode_tool.toolchain.bootstrap.steps.source_changes import adjust


class StepAction(Protocol):
    """The action of a step; equal values do the same."""

    def __call__(self, work: WorkDirectory) -> None:
        """Run it. Raises `GenodeError` when it fails."""

    def commands(self) -> tuple[str, ...]:
        """Return what will be done, as command lines."""


@dataclass(frozen=True, slots=True)
class UseDirectory:
    """The sources are there already, at `path`."""

    path: str

    def __call__(self, work: WorkDirectory) -> None:
        """Note where they are."""
        work.log_line(f"taken from {self.path}")

    def commands(self) -> tuple[str, ...]:
        """Return the directory that is used."""
        return (f": use {shlex.quote(self.path)}",)


@dataclass(frozen=True, slots=True)
class Download:
    """Get the file `name` with hash `digest` from one of `urls` into the cache that has `path`."""

    component: str
    urls: tuple[str, ...]
    digest: str
    name: str
    path: Path

    def __call__(self, work: WorkDirectory) -> None:
        """Download the file unless it is cached; an interrupted download is resumed."""
        from genode_tool.ports.fetch.cache.downloads import Cache
        from genode_tool.ports.fetch.fetcher import Fetcher
        from genode_tool.ports.fetch.source import Digest, PortSource, SourceKind
        from genode_tool.ports.preparation.tools import fetch_policy
        from genode_tool.settings.layered import settings_of

        source = PortSource(
            SourceKind.FILE,
            self.component,
            self.urls,
            Digest.parse(self.digest),
            file_name=self.name,
        )
        fetcher = Fetcher(fetch_policy(settings_of()), Cache(self.path.parent), work.forward_event)
        arrived = fetcher.fetch_file(source)
        work.log_line(f"{arrived.path}: {arrived.size} bytes from {arrived.origin}")

    def commands(self) -> tuple[str, ...]:
        """Return what is downloaded."""
        return (f": download {self.urls[0]} (hash {self.digest[:12]}…)",)


@dataclass(frozen=True, slots=True)
class DebianPackage:
    """Get `package` in `version` through apt, and of its files the one that `pattern` fits."""

    package: str
    version: str
    pattern: str
    archive: Path

    def __call__(self, work: WorkDirectory) -> None:
        """Download and unpack the package, and leave the archive of sources in it."""
        place = self.archive.parent
        scratch = place.with_name(f"{place.name}.part")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        # As root, apt would hand the download to a user who may not write here.
        sandbox = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
        work.run(
            ["apt-get", *sandbox, "download", f"{self.package}={self.version}"],
            scratch,
            what=f"the download of {self.package}",
        )
        (package,) = scratch.glob("*.deb")
        work.run(["dpkg-deb", "-x", package.name, "content"], scratch, what="unpacking")
        found = sorted(
            one
            for one in (scratch / "content").rglob("*.tar.*")
            if re.fullmatch(self.pattern, one.name)
        )
        if len(found) != 1:
            names = ", ".join(one.name for one in found) or "none"
            raise BuildFailed(
                f"{self.package} {self.version}: wanted one archive of sources, found {names}"
            )
        found[0].replace(scratch / self.archive.name)
        shutil.rmtree(scratch / "content")
        package.unlink()
        shutil.rmtree(place, ignore_errors=True)
        scratch.rename(place)

    def commands(self) -> tuple[str, ...]:
        """Return the download alone, which is enough for a dry run."""
        return (f"apt-get download {self.package}={self.version}",)


# Tests, and libraries that are never built: three quarters of GCC's files. The configure scripts
# and makefiles of the tests stay, as the build at the top runs them.
UNUSED = {
    Component.BINUTILS: ("*/ld/testsuite", "*/gas/testsuite"),
    Component.GCC: (
        "*/gcc/testsuite/[!s]*",  # not selftests/, which the build itself uses
        "*/libgo",
        "*/libphobos",
        "*/libgfortran",
        "*/libsanitizer",
        "*/libstdc++-v3/testsuite/[0-9]*",
    ),
    Component.GDB: ("*/gdb/testsuite/gdb.*/[!M]*",),  # not Makefile.in
}


@dataclass(frozen=True, slots=True)
class Unpack:
    """Unpack (or copy) `source` to `directory` and adjust it; `identity` stands for how.

    `unused` are patterns of tar(1) for what is left out.
    """

    component: Component
    source: Path
    directory: Path
    identity: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    def __call__(self, work: WorkDirectory) -> None:
        """Leave complete, adjusted sources, or nothing."""
        part = self.directory.with_name(f"{self.directory.name}.part")
        for stale in (part, self.directory):
            shutil.rmtree(stale, ignore_errors=True)
        part.mkdir(parents=True)
        if self.source.is_dir():
            work.run(["cp", "-a", f"{self.source}/.", "."], part, what="copying the sources")
        else:
            self._extract(self.source, work, part)
            inner = sorted(part.glob(f"{self.component.value}-*.tar.*"))
            if len(inner) == 1:  # as in the distribution's source package of GCC
                self._extract(inner[0], work, part)
        if not (part / "configure").is_file():
            raise BuildFailed(
                f"{self.source}: wanted the sources of {self.component.title}, "
                "found no configure script",
                hint="remove the archive and run the command again"
                if self.source.is_file()
                else "",
            )
        for line in adjust(self.component, part):
            work.log_line(line)
        part.rename(self.directory)

    def _extract(self, archive: Path, work: WorkDirectory, part: Path) -> None:
        work.run(
            [
                *("tar", "-xf", str(archive), "--strip-components=1", "--no-same-owner"),
                *(f"--exclude={one}" for one in self.unused),
            ],
            part,
            what=f"{archive.name} cannot be unpacked: tar",
        )

    def commands(self) -> tuple[str, ...]:
        """Return the command that copies or unpacks."""
        if self.source.is_dir():
            return (shlex.join(["cp", "-a", str(self.source), str(self.directory)]),)
        return (shlex.join(["tar", "-xf", str(self.source), "-C", str(self.directory)]),)


@dataclass(frozen=True, slots=True)
class Configure:
    """Configure the sources in `source` in the fresh directory `build`."""

    source: Path
    build: Path
    options: tuple[str, ...]
    what: str

    def __call__(self, work: WorkDirectory) -> None:
        """Start from an empty build directory."""
        shutil.rmtree(self.build, ignore_errors=True)
        self.build.mkdir(parents=True)
        work.run(self._argv(), self.build, what=self.what)

    def commands(self) -> tuple[str, ...]:
        """Return the call of the configure script."""
        return (f"cd {shlex.quote(str(self.build))} && {shlex.join(self._argv())}",)

    def _argv(self) -> list[str]:
        return [str(self.source / "configure"), *self.options]


@dataclass(frozen=True, slots=True)
class WriteHeaders:
    """Put headers, each a name and its content, into `directory`."""

    directory: Path
    headers: tuple[tuple[str, str], ...]

    def __call__(self, work: WorkDirectory) -> None:
        """Write the headers that are missing or differ."""
        for name, content in self.headers:
            if write_if_changed(self.directory / name, content):
                work.log_line(f"{self.directory / name}: written")

    def commands(self) -> tuple[str, ...]:
        """Return the names of the headers."""
        names = ", ".join(name for name, _ in self.headers)
        return (f": write {names} to {self.directory}",)


@dataclass(frozen=True, slots=True)
class RunMake:
    """Call make for `goals` in `build`, in parallel unless `serial`."""

    build: Path
    goals: tuple[str, ...]
    variables: tuple[str, ...]
    what: str
    serial: bool = False

    def __call__(self, work: WorkDirectory) -> None:
        """Run it to its end."""
        work.run(self._argv(1 if self.serial else work.jobs), self.build, what=self.what)

    def commands(self) -> tuple[str, ...]:
        """Return the call of make."""
        return (f"cd {shlex.quote(str(self.build))} && {shlex.join(self._argv(None))}",)

    def _argv(self, jobs: int | None) -> list[str]:
        parallel = [] if self.serial else ["-jN" if jobs is None else f"-j{jobs}"]
        return ["make", *parallel, *self.variables, *self.goals]


@dataclass(frozen=True, slots=True)
class ActionSequence:
    """Several actions, one after the other."""

    actions: tuple[StepAction, ...]

    def __call__(self, work: WorkDirectory) -> None:
        """Run all actions."""
        for one in self.actions:
            one(work)

    def commands(self) -> tuple[str, ...]:
        """Return the commands of all actions."""
        return tuple(line for one in self.actions for line in one.commands())


def size_of(directory: Path) -> int:
    """Return the bytes that the files below `directory` occupy."""
    return sum(_blocks(directory))


def _blocks(directory: Path) -> Iterator[int]:
    for parent, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):
                yield os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118

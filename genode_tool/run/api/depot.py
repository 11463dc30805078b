"""Procedures that take ready-made content from a depot."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from genode_tool.run.api.base import Words, command
from genode_tool.run.api.bootdir import BootDirectoryApi
from genode_tool.run.api.queries import Queries
from genode_tool.run.verdict import Outcome

_ARCHIVE = re.compile(r"([\w-]+)/(\w+)/([\w-]+)(?:/([\w.-]+))?")
_NESTED = ("pkg", "src", "raw")


@dataclass(frozen=True, slots=True)
class Archive:
    """A depot archive such as `genodelabs/src/init/2024-01-01`."""

    user: str
    kind: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.user}/{self.kind}/{self.name}/{self.version}"


class DepotApi(BootDirectoryApi, Queries):
    """Importing archives, and telling which are missing."""

    @command
    def depot_dir(self) -> str:
        """Return the depot's directory, from `--depot-dir` or in the source tree."""
        given = self.context.switches.values("--depot-dir")
        return given[0] if given else str(self.context.build.genode_dir / "depot")

    @command
    def depot_user(self) -> str:
        """Return whose archives are used, from `--depot-user`."""
        given = self.context.switches.values("--depot-user")
        return given[-1] if given else "genodelabs"

    @command
    def base_src(self) -> str:
        """Return the name of the archive with the kernel and core."""
        kernel, board = self.context.build.kernel, self.context.build.board
        if kernel == "hw":
            return f"base-hw-{board}"
        if kernel == "sel4":
            return "base-sel4-x86" if self.have_spec("x86") else f"base-sel4-{board}"
        if kernel == "foc":
            return "base-foc-pc" if self.have_spec("x86") else f"base-foc-{board}"
        return f"base-{kernel}"

    @command
    def drivers_interactive_pkg(self) -> str:
        """Return the name of the package with the board's interactive drivers."""
        return f"drivers_interactive-{self.context.build.board}"

    @command
    def drivers_nic_pkg(self) -> str:
        """Return the name of the package with the board's network driver."""
        return f"drivers_nic-{self.context.build.board}"

    @command
    def import_from_depot(self, *args: str) -> None:
        """Copy the binaries and raw content of archives into the boot directory.

        Ends the script, naming what is missing, when an archive does not exist.
        """
        names = [name for argument in args for name in self.words(argument)]
        self._note(names)
        if self.session.planning:
            return
        missing: list[str] = []
        for name in names:
            for directory in self._content(name, missing):
                for entry in sorted(directory.iterdir()):
                    target = self.genode_path / entry.name
                    if entry.is_dir():
                        shutil.copytree(entry, target, dirs_exist_ok=True)
                    else:
                        shutil.copy(entry, target)
        if missing:
            self._missing.extend(name for name in missing if name not in self._missing)

    @command
    def create_tar_from_depot_binaries(self, archive_path: str, *args: str) -> None:
        """Put the binary, raw and package content of archives into a tar archive."""
        self._tar(archive_path, args, "w", ("bin", "raw", "pkg"))

    @command
    def append_src_and_api_depot_packages_to_tar(self, archive_path: str, *args: str) -> None:
        """Add the sources and interfaces of archives to a tar archive."""
        self._tar(archive_path, args, "a", ("src", "api"))

    @command
    def check_for_missing_depot_archives(self) -> None:
        """End the script when an import found archives missing."""
        if not self._missing:
            return
        many = "s" if len(self._missing) > 1 else ""
        raise self.stop(
            Outcome.NO_IMAGE,
            f"the depot {self.depot_dir()} lacks archive{many} {', '.join(self._missing)}",
            hint=f"make them with `genode depot create {' '.join(self._missing)}`",
        )

    @property
    def _missing(self) -> list[str]:
        return self.session.missing_archives

    def _content(self, name: str, missing: list[str]) -> Iterator[Path]:
        """Yield the directories to copy for an archive, following packages."""
        archive = self._parse(name)
        depot = Path(self.depot_dir())
        home = depot / str(archive)
        if archive.kind == "src":
            binaries = depot / archive.user / "bin" / self.depot_spec() / archive.name
            if (binaries / archive.version).is_dir():
                yield binaries / archive.version
            else:
                missing.append(
                    f"{archive.user}/bin/{self.depot_spec()}/{archive.name}/{archive.version}"
                )
        elif not home.is_dir():
            missing.append(str(archive))
        elif archive.kind == "raw":
            yield home
        elif archive.kind == "pkg":
            for nested in (home / "archives").read_text().split():
                match = _ARCHIVE.fullmatch(nested)
                if match and match[2] in _NESTED:
                    yield from self._content(nested, missing)
        else:
            raise self.stop(Outcome.ERROR, f'depot archive "{name}" is neither pkg nor src nor raw')

    @command
    def _collect_from_depot(self, archives: str) -> tuple[str, ...]:
        """Return the directories of archives and all they refer to, relative to the depot.

        Upstream's name for it begins with an underscore although run scripts use it.
        """
        names = list(self.words(archives))
        self._note(names)
        if self.session.planning:
            return ()
        missing: list[str] = []
        depot = Path(self.depot_dir())
        found = {path for name in names for path in self._all_content(name, missing)}
        self._missing.extend(name for name in missing if name not in self._missing)
        return tuple(sorted(str(path.relative_to(depot)) for path in found))

    @command
    def _current_depot_archive_version(self, type: str, name: str) -> str:
        """Return the version of an archive that the tree's recipe stands for."""
        return self._current_version(type, name)

    def _tar(
        self, archive_path: str, names: tuple[str, ...], mode: Literal["w", "a"], kinds: Words
    ) -> None:
        listed = [name for argument in names for name in self.words(argument)]
        self._note(listed)
        if self.session.planning:
            return
        missing: list[str] = []
        depot = Path(self.depot_dir())
        content = {path for name in listed for path in self._all_content(name, missing)}
        self._missing.extend(name for name in missing if name not in self._missing)
        self.check_for_missing_depot_archives()
        with tarfile.open(self.in_build(archive_path), mode) as archive:
            for path in sorted(content):
                relative = path.relative_to(depot)
                if relative.parts[1] in kinds:
                    archive.add(path, str(relative))

    def _note(self, names: list[str]) -> None:
        archives = self.session.plan.archives
        archives += [name for name in names if name not in archives]

    def _all_content(self, name: str, missing: list[str]) -> Iterator[Path]:
        """Yield the directories of an archive itself, its sources, interfaces and content."""
        yield from self._content(name, missing)
        archive = self._parse(name)
        depot = Path(self.depot_dir())
        home = depot / str(archive)
        if not home.is_dir():
            return
        yield home
        if archive.kind == "pkg":
            for nested in (home / "archives").read_text().split():
                match = _ARCHIVE.fullmatch(nested)
                if match and match[2] in _NESTED:
                    yield from self._all_content(nested, missing)
        used = home / "used_apis"
        for api in used.read_text().split() if used.is_file() else ():
            words = api.split("/")
            full = api if len(words) == 4 else f"{archive.user}/api/{api}"
            if (depot / full).is_dir():
                yield depot / full
            else:
                missing.append(full)

    def _parse(self, name: str) -> Archive:
        match = _ARCHIVE.fullmatch(name)
        if match is None:
            raise self.stop(
                Outcome.ERROR,
                f'malformed depot archive "{name}"',
                hint="wanted USER/TYPE/NAME or USER/TYPE/NAME/VERSION",
            )
        user, kind, short, version = match.groups()
        return Archive(user, kind, short, version or self._current_version(kind, short))

    def _current_version(self, kind: str, name: str) -> str:
        recipe = self.find(f"recipes/{kind}/{name}/hash")
        words = recipe.read_text().split() if recipe else []
        if not words:
            raise self.stop(
                Outcome.ERROR,
                f"no repository has a recipe for {kind}/{name}: its version is unknown",
            )
        return words[0]

"""Procedures that take ready-made content from a depot."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genode_tool.run.api.base import command
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
        archives = self.session.plan.archives
        archives += [name for name in names if name not in archives]
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

    def _parse(self, name: str) -> Archive:
        match = _ARCHIVE.fullmatch(name)
        if match is None:
            raise self.stop(
                Outcome.ERROR,
                f'malformed depot archive "{name}"',
                hint="wanted USER/TYPE/NAME or USER/TYPE/NAME/VERSION",
            )
        user, kind, short, version = match.groups()
        if not version:
            recipe = self.find(f"recipes/{kind}/{short}/hash")
            words = recipe.read_text().split() if recipe else []
            if not words:
                raise self.stop(
                    Outcome.ERROR,
                    f"no repository has a recipe for {kind}/{short}: its version is unknown",
                )
            version = words[0]
        return Archive(user, kind, short, version)

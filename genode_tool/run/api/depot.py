"""Procedures that take ready-made content from a depot."""

from __future__ import annotations

import contextlib
import shutil
import tarfile
from pathlib import Path
from typing import Literal

from genode_tool.errors import UserError
from genode_tool.run.api.archives import (
    BINARY_PATTERN,
    INTERFACE_PATTERN,
    PLAIN_PATTERN,
    VERSIONED_PATTERN,
    Archive,
    Depot,
    how_to_get,
)
from genode_tool.run.api.base import Words, command
from genode_tool.run.api.bootdir import BootDirectoryApi
from genode_tool.run.api.queries import Queries
from genode_tool.run.verdict import Outcome, ScenarioStop

_IMAGE_KINDS = ("bin", "raw")


class DepotApi(BootDirectoryApi, Queries):
    """Importing archives, and telling which are missing.

    The names of some procedures begin with an underscore although run scripts use them.
    """

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
        board = self.context.build.board
        return f"drivers_interactive-{'imx53_qsb' if board == 'imx53_qsb_tz' else board}"

    @command
    def drivers_nic_pkg(self) -> str:
        """Return the name of the package with the board's network driver."""
        return f"drivers_nic-{self.context.build.board}"

    @command
    def import_from_depot(self, *args: str) -> None:
        """Copy the binaries and raw content of archives into the boot directory.

        What the depot lacks ends the script when it makes its image.
        """
        names = self._names(args)
        found = self._collect(names, _IMAGE_KINDS)
        for archive in found:
            if archive.kind in _IMAGE_KINDS:
                self._copy_directory_content_to_run_dir(f"{self.depot_dir()}/{archive}")

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
        missing = sorted(set(self.session.missing_archives))
        if not missing or self.session.planning:
            return
        many = "s" if len(missing) > 1 else ""
        raise self.stop(
            Outcome.NO_IMAGE,
            f"the depot {self.depot_dir()} lacks archive{many} {', '.join(missing)}",
            hint=how_to_get(
                self.context.build.genode_dir,
                [_archive_of(name) for name in missing],
                self._has_recipe,
                self.cross_dev_prefix(),
            ),
        )

    @command
    def _collect_from_depot(self, archives: str) -> tuple[str, ...]:
        """Return the directories of archives and all they refer to, relative to the depot."""
        found = self._collect(self._names((archives,)), ())
        return tuple(str(archive) for archive in found)

    @command
    def _collect_pkg_archive_from_depot(
        self, user: str, name: str, version: str
    ) -> tuple[str, ...]:
        """Return the directories of a package and of all that it refers to."""
        return self._collect_from_depot(f"{user}/pkg/{name}/{version}")

    @command
    def _collect_src_archive_from_depot(
        self, user: str, name: str, version: str
    ) -> tuple[str, ...]:
        """Return the directories of a source archive, its binaries and interfaces."""
        return self._collect_from_depot(f"{user}/src/{name}/{version}")

    @command
    def _collect_raw_archive_from_depot(self, user: str, name: str, version: str) -> str:
        """Return the directory of an archive of raw content."""
        return f"{user}/raw/{name}/{version}"

    @command
    def _copy_directory_content_to_run_dir(self, dir: str) -> None:
        """Copy what is in a directory into the boot directory."""
        source = self.in_build(dir)
        if not source.is_dir():
            raise self.stop(Outcome.NO_IMAGE, f"{dir} is no directory")
        for entry in sorted(source.iterdir()):
            target = self.genode_path / entry.name
            if self.session.planning:  # that it is there is all that a plan asks
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()
            elif entry.is_dir():
                shutil.copytree(entry, target, dirs_exist_ok=True)
            else:
                shutil.copy(entry, target)

    @command
    def _current_depot_archive_version(self, type: str, name: str) -> str:
        """Return the version of an archive that the tree's recipe stands for."""
        recipe = self.find(f"recipes/{type}/{name}/hash")
        words = recipe.read_text().split() if recipe else []
        if not words and self.session.planning:
            return ""
        if not words:
            raise self.stop(
                Outcome.ERROR,
                f"no repository has a recipe for {type}/{name}: its version is unknown",
            )
        return words[0]

    @command
    def _depot_contains_archive(self, user: str, type: str, name: str, version: str) -> bool:
        """Whether the depot holds an archive."""
        return (Path(self.depot_dir()) / user / type / name / version).exists()

    @command
    def _locally_available_recipe(self, user: str, type: str, name: str, version: str) -> bool:
        """Whether the tree has the recipe of just this version, so that it can be made here."""
        return self._has_recipe(Archive(user, type, name, version))

    @command
    def _depot_archive_path_pattern(self) -> str:
        """Return the pattern of a name without version: user, type, name."""
        return PLAIN_PATTERN

    @command
    def _depot_archive_versioned_path_pattern(self) -> str:
        """Return the pattern of a full name: user, type, name, version."""
        return VERSIONED_PATTERN

    @command
    def _depot_bin_archive_path_pattern(self) -> str:
        """Return the pattern of a binary archive's name without version: user, spec, name."""
        return BINARY_PATTERN

    @command
    def _depot_api_versioned_name_pattern(self) -> str:
        """Return the pattern of an interface as `used_apis` shortens it: name, version."""
        return INTERFACE_PATTERN

    def _names(self, arguments: tuple[str, ...]) -> list[str]:
        names = [name for argument in arguments for name in self.words(argument)]
        archives = self.session.plan.archives
        archives += [name for name in names if name not in archives]
        return names

    def _collect(self, names: list[str], needed: tuple[str, ...]) -> list[Archive]:
        """Return what the archives consist of; note what lacks of the `needed` types (): all."""
        spec = self.depot_spec() if any("/raw/" not in name for name in names) else ""
        depot = Depot(Path(self.depot_dir()), spec, self._current_depot_archive_version)
        found: list[Archive] = []
        missing: list[Archive] = []
        for name in names:
            try:
                found += depot.content(name, missing)
            except UserError as error:
                if not self.session.planning:
                    raise self.stop(Outcome.ERROR, error.message, hint=error.hint) from error
            except ScenarioStop:
                if not self.session.planning:
                    raise
        known = self.session.missing_archives
        for one in missing:
            if (not needed or one.kind in (*needed, "pkg")) and str(one) not in known:
                known.append(str(one))
        return found

    def _has_recipe(self, archive: Archive) -> bool:
        kind = "src" if archive.kind == "bin" else archive.kind
        with contextlib.suppress(ScenarioStop):
            return self._current_depot_archive_version(kind, archive.name) == archive.version
        return False

    def _tar(
        self, archive_path: str, names: tuple[str, ...], mode: Literal["w", "a"], kinds: Words
    ) -> None:
        found = self._collect(self._names(names), ())
        self.check_for_missing_depot_archives()
        if self.session.planning:
            return
        with tarfile.open(self.in_build(archive_path), mode) as archive:
            for name in sorted({str(one) for one in found if one.kind in kinds}):
                archive.add(Path(self.depot_dir()) / name, name)


def _archive_of(path: str) -> Archive:
    user, kind, *spec, name, version = path.split("/")
    return Archive(user, kind, name, version, spec[0] if spec else "")

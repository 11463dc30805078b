"""Procedures that take ready-made content from a depot."""

from __future__ import annotations

import contextlib
import tarfile
from pathlib import Path
from typing import Literal

from genode_tool.depot.archive.name import Archive, ArchiveType, parse_archive
from genode_tool.errors import GenodeError, UserError
from genode_tool.run.api.content.build_stop import build_stop
from genode_tool.run.api.content.depot_archives import (
    BINARY_PATTERN,
    INTERFACE_PATTERN,
    PLAIN_PATTERN,
    VERSIONED_PATTERN,
    DepotDirectory,
    how_to_get,
)
from genode_tool.run.api.content.depot_update import DepotUpdate
from genode_tool.run.api.procedure import procedure
from genode_tool.run.api.script.queries import Queries
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.script import Script, words_of
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Outcome, ScenarioStop

_IMAGE_KINDS = ("bin", "raw")


class DepotProcedures:
    """Importing archives, and reporting which are missing.

    The names of some procedures begin with an underscore although run scripts use them.
    """

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        queries: Queries,
        update: DepotUpdate,
    ) -> None:
        """`update` creates archives before they are imported, when that is wanted."""
        self._context = context
        self._script = script
        self._mode = mode
        self._plan = plan
        self._queries = queries
        self._update = update
        self._missing: list[str] = []

    @procedure()
    def depot_dir(self) -> str:
        """Return the depot's directory, from `--depot-dir` or in the source tree."""
        given = self._context.switches.values("--depot-dir")
        return given[0] if given else str(self._context.build.genode_dir / "depot")

    @procedure()
    def depot_user(self) -> str:
        """Return whose archives are used, from `--depot-user`."""
        given = self._context.switches.values("--depot-user")
        return given[-1] if given else "genodelabs"

    @procedure()
    def base_src(self) -> str:
        """Return the name of the archive with the kernel and core."""
        kernel, board = self._context.build.kernel, self._context.build.board
        if kernel == "hw":
            return f"base-hw-{board}"
        if kernel == "sel4":
            return "base-sel4-x86" if self._queries.have_spec("x86") else f"base-sel4-{board}"
        if kernel == "foc":
            return "base-foc-pc" if self._queries.have_spec("x86") else f"base-foc-{board}"
        return f"base-{kernel}"

    @procedure()
    def drivers_interactive_pkg(self) -> str:
        """Return the name of the package with the board's interactive drivers."""
        board = self._context.build.board
        return f"drivers_interactive-{'imx53_qsb' if board == 'imx53_qsb_tz' else board}"

    @procedure()
    def drivers_nic_pkg(self) -> str:
        """Return the name of the package with the board's network driver."""
        return f"drivers_nic-{self._context.build.board}"

    @procedure()
    def import_from_depot(self, *args: str) -> None:
        """Copy the binaries and raw content of archives into the boot directory.

        An archive that is missing ends the script when it makes its image.
        """
        names = self._names(args)
        found = self._collect(names, _IMAGE_KINDS)
        for archive in found:
            if archive.type in _IMAGE_KINDS:
                self.copy_directory_content(f"{self.depot_dir()}/{archive}")

    @procedure()
    def create_tar_from_depot_binaries(self, archive_path: str, *args: str) -> None:
        """Put the binary, raw and package content of archives into a tar archive."""
        self._tar(archive_path, args, "w", ("bin", "raw", "pkg"))

    @procedure()
    def append_src_and_api_depot_packages_to_tar(self, archive_path: str, *args: str) -> None:
        """Add the sources and interfaces of archives to a tar archive."""
        self._tar(archive_path, args, "a", ("src", "api"))

    @procedure()
    def check_for_missing_depot_archives(self) -> None:
        """End the script when an import found archives missing."""
        missing = sorted(set(self._missing))
        if missing:
            self._mode.perform(lambda: self._refuse(missing), None)

    def _refuse(self, missing: list[str]) -> None:
        many = "s" if len(missing) > 1 else ""
        raise stop(
            self._script,
            Outcome.UNSUPPORTED if self._context.options.skip_unfit else Outcome.NO_IMAGE,
            f"archive{many} missing in the depot {self.depot_dir()}: {', '.join(missing)}",
            hint=how_to_get(
                [parse_archive(name, versioned=True) for name in missing],
                self._has_recipe,
                self._context.switches.values("--depot-dir")[:1],
            ),
        )

    @procedure("_collect_from_depot")
    def collect_from_depot(self, archives: str) -> tuple[str, ...]:
        """Return the directories of archives and all they refer to, relative to the depot."""
        found = self._collect(self._names((archives,)), ())
        return tuple(str(archive) for archive in found)

    @procedure("_collect_pkg_archive_from_depot")
    def collect_pkg_archive(self, user: str, name: str, version: str) -> tuple[str, ...]:
        """Return the directories of a package and of all that it refers to."""
        return self.collect_from_depot(f"{user}/pkg/{name}/{version}")

    @procedure("_collect_src_archive_from_depot")
    def collect_src_archive(self, user: str, name: str, version: str) -> tuple[str, ...]:
        """Return the directories of a source archive, its binaries and interfaces."""
        return self.collect_from_depot(f"{user}/src/{name}/{version}")

    @procedure("_collect_raw_archive_from_depot")
    def collect_raw_archive(self, user: str, name: str, version: str) -> str:
        """Return the directory of an archive of raw content."""
        return f"{user}/raw/{name}/{version}"

    @procedure("_copy_directory_content_to_run_dir")
    def copy_directory_content(self, dir: str) -> None:
        """Copy what is in a directory into the boot directory."""
        source = self._context.in_build(dir)
        if not source.is_dir():
            raise stop(self._script, Outcome.NO_IMAGE, f"{dir} is not a directory")
        for entry in sorted(source.iterdir()):
            self._mode.import_entry(entry, self._context.boot_directory / entry.name)

    @procedure("_current_depot_archive_version")
    def current_version(self, type: str, name: str) -> str:
        """Return the version of an archive that the tree's recipe stands for."""
        recipe = self._context.find(f"recipes/{type}/{name}/hash")
        words = recipe.read_text().split() if recipe else []
        if words:
            return words[0]
        self._mode.missing(
            stop(
                self._script,
                Outcome.ERROR,
                f"no repository has a recipe for {type}/{name}: its version is unknown",
            )
        )
        return ""

    @procedure("_depot_contains_archive")
    def contains_archive(self, user: str, type: str, name: str, version: str) -> bool:
        """Return whether the depot holds an archive."""
        return (Path(self.depot_dir()) / user / type / name / version).exists()

    @procedure("_versioned_depot_archive_name")
    def versioned_name(self, user: str, type: str, name: str) -> str:
        """Return the name of an archive in the depot, with the version that the tree stands for.

        It is "" when the depot has neither. That is of 17.08 and 17.11, where a hyphen comes before
        the version.
        """
        place = Path(self.depot_dir()) / user / type
        recipe = self._context.find(f"recipes/{type}/{name}/hash")
        words = recipe.read_text().split() if recipe else []
        names = [name, *(f"{name}-{version}" for version in words[:1])]
        return next((one for one in names if (place / one).exists()), "")

    @procedure("_locally_available_recipe")
    def locally_available_recipe(self, user: str, type: str, name: str, version: str) -> bool:
        """Return whether the tree has the recipe of just this version, so that it can be built."""
        return self._has_recipe(Archive(user, ArchiveType(type), name, version))

    @procedure("_depot_archive_path_pattern")
    def archive_path_pattern(self) -> str:
        """Return the pattern of a name without version: user, type, name."""
        return PLAIN_PATTERN

    @procedure("_depot_archive_versioned_path_pattern")
    def versioned_path_pattern(self) -> str:
        """Return the pattern of a full name: user, type, name, version."""
        return VERSIONED_PATTERN

    @procedure("_depot_bin_archive_path_pattern")
    def binary_path_pattern(self) -> str:
        """Return the pattern of a binary archive's name without version: user, spec, name."""
        return BINARY_PATTERN

    @procedure("_depot_api_versioned_name_pattern")
    def interface_pattern(self) -> str:
        """Return the pattern of an interface as `used_apis` shortens it: name, version."""
        return INTERFACE_PATTERN

    def _names(self, arguments: tuple[str, ...]) -> list[str]:
        names = [name for argument in arguments for name in words_of(self._script, argument)]
        archives = self._plan.archives
        archives += [name for name in names if name not in archives]
        return names

    def _collect(self, names: list[str], needed: tuple[str, ...]) -> list[Archive]:
        """Return what the archives consist of; note those missing of the `needed` types (): all."""
        spec = self._queries.depot_spec() if any("/raw/" not in name for name in names) else ""
        if self._update.wanted:
            self._mode.perform(lambda: self._create(names, spec), None)
        depot = DepotDirectory(Path(self.depot_dir()), spec, self.current_version)
        found: list[Archive] = []
        missing: list[Archive] = []
        for name in names:
            try:
                found += depot.content(name, missing)
            except UserError as error:
                self._mode.missing(
                    stop(self._script, Outcome.ERROR, error.message, hint=error.hint)
                )
            except ScenarioStop as error:
                self._mode.missing(error)
        known = self._missing
        for one in missing:
            if (not needed or one.type in (*needed, "pkg")) and str(one) not in known:
                known.append(str(one))
        return found

    def _create(self, names: list[str], spec: str) -> None:
        try:
            self._update.update(names, Path(self.depot_dir()), spec)
        except ScenarioStop:
            raise
        except GenodeError as error:
            raise build_stop(self._script, self._context.options, error) from error

    def _has_recipe(self, archive: Archive) -> bool:
        with contextlib.suppress(ScenarioStop):
            return self.current_version(*archive.recipe) == archive.version
        return False

    def _tar(
        self,
        archive_path: str,
        names: tuple[str, ...],
        mode: Literal["w", "a"],
        kinds: tuple[str, ...],
    ) -> None:
        found = self._collect(self._names(names), ())
        self.check_for_missing_depot_archives()
        members = sorted({str(one) for one in found if one.type in kinds})

        def write() -> None:
            with tarfile.open(self._context.in_build(archive_path), mode) as archive:
                for name in members:
                    archive.add(Path(self.depot_dir()) / name, name)

        self._mode.perform(write, None)

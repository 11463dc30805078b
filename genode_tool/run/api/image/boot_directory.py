"""Procedures that gather the boot modules in the directory `var/run/NAME/genode`."""

from __future__ import annotations

import shutil
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.run.api.image.kernel_names import KernelNames
from genode_tool.run.api.procedure import procedure
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.script import Script, Words, words_of
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Outcome


class BootDirectory:
    """The boot directory and what goes into it."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        names: KernelNames,
    ) -> None:
        self._context = context
        self._script = script
        self._mode = mode
        self._plan = plan
        self._names = names
        self.path = context.boot_directory

    @procedure()
    def create_boot_directory(self) -> None:
        """Make a fresh boot directory; of the former content only the record stays."""
        self._mode.renew_boot_directory(self.path)

    @procedure()
    def install_boot_module(self, name: str, *args: str) -> None:
        """Write a boot module with the given content."""
        self._plan.configs.append(name)
        target = self.path / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.write_text("".join(args) + "\n", encoding="utf-8")
        except OSError as error:
            raise EnvironmentProblem(f"cannot write {target}: {error.strerror}") from error

    @procedure()
    def install_config(self, *args: str) -> None:
        """Write init's configuration."""
        self.install_boot_module("config", *args)

    @procedure()
    def copy_file(self, src: str, dst: str) -> None:
        """Copy a file, into a directory or to a new name."""
        source, target = self._context.in_build(src), self._context.in_build(dst)

        def copy() -> None:
            into = target / source.name if target.is_dir() else target
            try:
                if source.is_dir():
                    shutil.copytree(source, into, symlinks=True, dirs_exist_ok=True)
                else:
                    into.unlink(missing_ok=True)
                    shutil.copy(source, into)
            except OSError as error:
                raise stop(
                    self._script,
                    Outcome.NO_IMAGE,
                    f"cannot copy {src} to {dst}: {error.strerror or error}",
                ) from error

        self._mode.copy(source, target, copy)

    @procedure()
    def copy_config(self, from_: str, to: str) -> None:
        """Copy a configuration file into the boot directory."""
        self.copy_file(from_, to)

    @procedure("copy_genode_binaries_to_run_dir", "copy_and_strip_genode_binaries_to_run_dir")
    def copy_genode_binaries_to_run_dir(self, binaries: Words) -> None:
        """Copy binaries from `bin/` into the boot directory, under their generic names.

        The procedure's older name speaks of stripping; symbols are removed from images only.
        """
        self.copy_binaries(words_of(self._script, binaries))

    @procedure()
    def remove_genode_dir(self) -> None:
        """Remove the boot directory unless it is to be preserved."""
        if self._context.switches.has("--preserve-genode-dir") or self._context.options.keep:
            return
        self._mode.perform(lambda: shutil.rmtree(self.path, ignore_errors=True), None)

    def copy_binaries(self, names: tuple[str, ...]) -> None:
        """Copy or link binaries from `bin/`; ends the script when one is missing."""
        style = self._names.style
        generic = self._names.generic()
        missing: list[str] = []
        for name in names:
            target_name = generic.get(name, name)
            if style.excludes(target_name):
                continue
            specific = self._names.specific(target_name)
            source = self._context.build.path / "bin" / specific
            target = self.path / target_name
            if not source.exists():
                if not target.exists():
                    missing.append(specific)
                continue
            _place(source, target, link=style.links)
        if missing:
            raise stop(
                self._script,
                Outcome.NO_IMAGE,
                f"boot module{'s' if len(missing) > 1 else ''} never built: {', '.join(missing)}",
                hint="add what builds them to the script's `build`, or use [build_artifacts]",
            )


def _place(source: Path, target: Path, *, link: bool) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if link:
            target.symlink_to(source)
        else:
            shutil.copy(source, target)
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot put {source.name} into the boot directory: {error.strerror}"
        ) from error

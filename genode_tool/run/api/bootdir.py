"""Procedures that gather the boot modules and make the image of them."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.run.api.base import Words, command
from genode_tool.run.api.bootwords import BootWordsApi
from genode_tool.run.api.building import Building
from genode_tool.run.api.schemachecks import SchemaChecks
from genode_tool.run.boot import BootRequest, BootStyle, select_style
from genode_tool.run.events import Phase
from genode_tool.run.plan import PlannedImage
from genode_tool.run.verdict import Outcome, ScenarioStop

_SMALL_BYTES = 1 << 20


class BootDirectoryApi(BootWordsApi, SchemaChecks, Building):
    """The boot directory `var/run/NAME/genode` and what becomes of it."""

    @property
    def style(self) -> BootStyle:
        """How this kernel boots. Raises `UserError` when the kernel is unknown."""
        return select_style(self.context.build)

    @command
    def create_boot_directory(self) -> None:
        """Make a fresh boot directory; of the former content only the record stays."""
        if self.session.record and not self.session.planning:
            self.session.record.make_boot_directory()
        elif self.session.planning:
            self.genode_path.mkdir(parents=True, exist_ok=True)

    @command
    def install_boot_module(self, name: str, *args: str) -> None:
        """Write a boot module with the given content."""
        self.session.plan.configs.append(name)
        target = self.genode_path / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.write_text("".join(args) + "\n", encoding="utf-8")
        except OSError as error:
            raise EnvironmentProblem(f"cannot write {target}: {error.strerror}") from error

    @command
    def install_config(self, *args: str) -> None:
        """Write init's configuration."""
        self.install_boot_module("config", *args)

    @command
    def copy_file(self, src: str, dst: str) -> None:
        """Copy a file, into a directory or to a new name."""
        source, target = self.in_build(src), self.in_build(dst)
        if self.session.planning and not self._can_pretend(source, target):
            return
        try:
            if target.is_dir():
                target = target / source.name
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
            else:
                target.unlink(missing_ok=True)
                shutil.copy(source, target)
        except OSError as error:
            raise self.stop(
                Outcome.NO_IMAGE, f"cannot copy {src} to {dst}: {error.strerror or error}"
            ) from error

    def _can_pretend(self, source: Path, target: Path) -> bool:
        """Whether a plan can copy: what is small and there already, into its own directory."""
        inside = target.resolve().is_relative_to(self.context.build.path.resolve())
        if not inside or not source.is_file() or source.stat().st_size > _SMALL_BYTES:
            return False
        return target.is_dir() or target.parent.is_dir()

    @command
    def copy_config(self, from_: str, to: str) -> None:
        """Copy a configuration file into the boot directory."""
        self.copy_file(from_, to)

    @command
    def kernel_specific_binary(self, binary: str, silent: str = "") -> str:
        """Return the name that a generic binary such as `ld.lib.so` has for this kernel."""
        specific = self.kernel_specific(binary)
        if specific != binary and not silent:
            self.session.print(f"using '{specific}' as '{binary}'")
        return specific

    @command
    def copy_genode_binaries_to_run_dir(self, binaries: Words) -> None:
        """Copy binaries from `bin/` into the boot directory, under their generic names."""
        self._copy_binaries(self.words(binaries))

    @command
    def copy_and_strip_genode_binaries_to_run_dir(self, binaries: Words) -> None:
        """The same under its name in older trees; symbols are removed from images only."""
        self.copy_genode_binaries_to_run_dir(binaries)

    @command
    def remove_genode_dir(self) -> None:
        """Remove the boot directory unless it shall be kept."""
        if self.context.switches.has("--preserve-genode-dir") or self.context.options.keep:
            return
        if not self.session.planning:
            shutil.rmtree(self.genode_path, ignore_errors=True)

    @command
    def build_boot_image(self, binaries: Words) -> None:
        """Gather the binaries with everything installed before, and make the image."""
        names = self.words(binaries)
        self.session.plan.modules += [n for n in names if n not in self.session.plan.modules]
        self.session.frontend.invoke("check_for_missing_depot_archives")
        self.session.frontend.invoke("check_for_missing_lib_build", " ".join(names))
        self.session.frontend.invoke("run_boot_dir", " ".join(names))

    @command
    def run_boot_dir(self, binaries: Words) -> None:
        """Make the image in the way of the kernel in use."""
        style = self.style
        if self.session.planning:
            self._note_image(self.words(binaries))
            goals = self.session.plan.goals
            goals += [goal for goal in style.goals(self.genode_path) if goal not in goals]
            return
        with self.session.phase(Phase.BOOT_DIRECTORY, " ".join(self.words(binaries))):
            missing_goals = style.goals(self.genode_path)
        if missing_goals:
            self.session.frontend.invoke("build", " ".join(missing_goals))
        with self.session.phase(Phase.IMAGE, style.name):
            self._copy_binaries(self.words(binaries))
            self.check_boot_directory()
            self._keep_config()
            request = BootRequest(
                build=self.context.build,
                run_dir=self.context.run_dir,
                warn=lambda text: self.session.print(text, error=True),
                switches=self.context.switches,
                words=self.boot_words(),
            )
            try:
                result = style.make_image(request)
            except UserError as error:
                raise ScenarioStop(
                    Outcome.NO_IMAGE,
                    error.message,
                    location=error.location,
                    trail=error.trail,
                    hint=error.hint,
                ) from error
        self.session.medium, self.session.entry = result.medium, result.entry
        self.session.image = result.image
        if self.session.record:
            modules = {module.name: module.size for module in result.modules}
            self.session.record.note_modules(modules, result.image)
        if style.discard_modules:
            self.session.frontend.invoke("remove_genode_dir")
        self.session.frontend.invoke("run_image")

    @command
    def run_boot_string(self) -> str:
        """Return the text that proves a boot, and when it comes again, a reboot."""
        return self.style.boot_message

    def kernel_specific(self, binary: str) -> str:
        """Return the name that a generic binary has in `bin/` for this kernel.

        A procedure `binary_name_NAME` of the script, with dots as underscores, decides first.
        """
        hook = "binary_name_" + binary.replace(".", "_")
        if self.session.frontend.defines(hook):
            return self.session.frontend.invoke(hook)
        return self._own_name(binary)

    @command
    def binary_name_timer(self) -> str:
        """Return the name of the kernel's timer in `bin/`."""
        return self._own_name("timer")

    @command
    def binary_name_ld_lib_so(self) -> str:
        """Return the name of the kernel's dynamic linker in `bin/`."""
        return self._own_name("ld.lib.so")

    def _own_name(self, binary: str) -> str:
        present = self.context.build.path / "bin"
        for name in self.style.names.get(binary, ()):
            if (present / name).exists() or not (present / binary).exists():
                return name
        return binary

    def _copy_binaries(self, names: tuple[str, ...]) -> None:
        style = self.style
        generic = {self.kernel_specific(name): name for name in style.names}
        missing: list[str] = []
        for name in names:
            target_name = generic.get(name, name)
            if style.excludes(target_name):
                continue
            specific = self.kernel_specific(target_name)
            source = self.context.build.path / "bin" / specific
            target = self.genode_path / target_name
            if not source.exists():
                if not target.exists():
                    missing.append(specific)
                continue
            self._place(source, target, link=style.links)
        if missing:
            raise self.stop(
                Outcome.NO_IMAGE,
                f"boot module{'s' if len(missing) > 1 else ''} never built: {', '.join(missing)}",
                hint="add what builds them to the script's `build`, or use [build_artifacts]",
            )

    def _place(self, source: Path, target: Path, *, link: bool) -> None:
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

    def _note_image(self, modules: tuple[str, ...]) -> None:
        files: dict[str, str] = {}
        for path in sorted(self.genode_path.glob("*")):
            if path.is_file():
                with contextlib.suppress(UnicodeDecodeError, OSError):
                    files[path.name] = path.read_bytes().decode()
        self.session.plan.images.append(PlannedImage(modules, files))

    def _keep_config(self) -> None:
        config = self.genode_path / "config"
        if self.session.record and config.is_file():
            self.session.record.write("config", config.read_text(errors="replace"))

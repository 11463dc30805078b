"""Procedures that a run script or a site's run module uses to put an image together itself."""

from __future__ import annotations

from genode_tool.binary.boot_modules import PAGE, BootModule, write_boot_modules
from genode_tool.binary.elf import machine_for_specs
from genode_tool.errors import UserError
from genode_tool.run.api.image.boot_directory import BootDirectory
from genode_tool.run.api.image.kernel_names import KernelNames
from genode_tool.run.api.procedure import procedure
from genode_tool.run.boot.initrd import write_initrd
from genode_tool.run.boot.link import Linker
from genode_tool.run.boot.style import modules_in
from genode_tool.run.configuration.gate import ConfigurationGate
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script, Words, words_of
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Outcome, ScenarioStop

_GENERIC_SCRIPT = "repos/base/src/ld/genode.ld"
_NO_KERNEL = -6


class CoreImage:
    """The single steps of making an image."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        progress: Progress,
        *,
        names: KernelNames,
        directory: BootDirectory,
        gate: ConfigurationGate,
    ) -> None:
        self._context = context
        self._script = script
        self._mode = mode
        self._progress = progress
        self._names = names
        self._directory = directory
        self._gate = gate

    @procedure()
    def core_link_address(self) -> str:
        """Return where core is linked to, as a hexadecimal number; 0 when that is left open."""
        return self._names.style.core_address or "0"

    @procedure()
    def core_ld_opts(self) -> tuple[str, ...]:
        """Return the options of the compiler driver that name core's linker scripts."""
        tree = self._context.build.genode_dir
        scripts = (_GENERIC_SCRIPT, *self._names.style.core_scripts)
        return ("-Wl,-T", *(f"-Wl,{tree / one}" for one in scripts))

    @procedure()
    def kernel_location_from_config_file(self, config_file: str, default_location: str) -> str:
        """Return what a line `KERNEL = PATH` of a file names, else the default."""
        path = self._context.in_build(config_file)
        text = path.read_text(errors="replace") if path.is_file() else ""
        for line in text.splitlines():
            name, separator, value = line.partition("=")
            if separator and name.strip(" \t:?") == "KERNEL" and value.strip():
                if self._context.in_build(value.strip()).exists():
                    return value.strip()
                raise stop(
                    self._script,
                    Outcome.EXITED,
                    f"the kernel that {config_file} names does not exist: {value.strip()}",
                    exit_code=_NO_KERNEL & 0xFF,
                )
        return default_location

    @procedure()
    def generate_boot_modules_asm(self, path: str, modules: Words) -> str:
        """Return assembly text for an object that carries files of directory `path`."""
        word = ".quad" if machine_for_specs(self._context.build.specs).bits == 64 else ".long"
        names = words_of(self._script, modules)
        table = [
            f"\t{word} name_{n}, content_{n}, end_{n} - content_{n}" for n, _ in _number(names)
        ]
        texts = [f'name_{n}:\t.asciz "{name}"' for n, name in _number(names)]
        contents = [
            f'\t.balign {PAGE}\ncontent_{n}:\t.incbin "{path}/{name}"\nend_{n}:'
            for n, name in _number(names)
        ]
        return "\n".join(
            (
                "\t.data",
                "\t.balign 8",
                "\t.globl _boot_modules_headers_begin, _boot_modules_headers_end",
                "_boot_modules_headers_begin:",
                *table,
                "_boot_modules_headers_end:",
                *texts,
                '\t.section .data.boot_modules_binaries, "aw"',
                f"\t.balign {PAGE}",
                "\t.globl _boot_modules_binaries_begin, _boot_modules_binaries_end",
                "_boot_modules_binaries_begin:",
                *contents,
                f"\t.balign {PAGE}",
                "_boot_modules_binaries_end:",
                "",
            )
        )

    @procedure()
    def build_core(self, lib: str, modules: Words, target: str, link_address: str) -> None:
        """Link core's part `lib` with files of the boot directory to the image `target`."""
        names = words_of(self._script, modules)
        self._mode.perform(lambda: self._link(lib, names, target, link_address), None)

    def _link(self, lib: str, names: tuple[str, ...], target: str, link_address: str) -> None:
        build = self._context.build
        machine = machine_for_specs(build.specs)
        module_object = self._context.run_dir.with_name(f"{self._context.name}.boot_modules.o")
        files = tuple(BootModule.from_file(self._directory.path / name, name) for name in names)
        try:
            write_boot_modules(module_object, machine, files)
            Linker.of(build, machine, self._progress.warn).link(
                self._context.in_build(target),
                (self._context.in_build(lib), module_object),
                script=build.genode_dir / _GENERIC_SCRIPT,
                more_scripts=tuple(
                    build.genode_dir / one for one in self._names.style.core_scripts
                ),
                whole=True,
                text=link_address,
            )
        except UserError as error:
            raise ScenarioStop(
                Outcome.NO_IMAGE, error.message, trail=error.trail, hint=error.hint
            ) from error
        finally:
            module_object.unlink(missing_ok=True)

    @procedure()
    def build_core_image(self, modules: Words) -> None:
        """Gather binaries and link core with everything in the boot directory: `image.elf`."""
        names = words_of(self._script, modules)
        self._script.invoke("copy_genode_binaries_to_run_dir", " ".join(names))
        self._mode.perform(self._make_core_image, None)

    def _make_core_image(self) -> None:
        invoke = self._script.invoke
        archive = self._names.specific("core.a")
        part = self._directory.path / archive
        if not part.exists():
            self._directory.copy_file(f"bin/{archive}", str(part))
        self._gate.check_boot_directory()
        names = [one.name for one in modules_in(self._directory.path, self._names.style.excludes)]
        run_dir = self._context.relative_run_dir
        image = f"{run_dir}/{self._names.specific('image.elf')}"
        core = f"{run_dir}/genode/{archive}"
        invoke("build_core", core, " ".join(names), image, invoke("core_link_address"))

    @procedure()
    def build_initrd(self, modules: Words) -> None:
        """Gather binaries and write them as the initial RAM disk of a Linux kernel: `initrd`."""
        names = words_of(self._script, modules)
        self._script.invoke("copy_genode_binaries_to_run_dir", " ".join(names))
        self._mode.perform(self._write_initrd, None)

    def _write_initrd(self) -> None:
        starter = self._directory.path / "initramfs"
        if not starter.exists():
            raise stop(
                self._script,
                Outcome.NO_IMAGE,
                "an initial RAM disk needs the boot module `initramfs`, which is missing",
                hint="add `initramfs` to the script's `build` and `build_boot_image`",
            )
        files = modules_in(
            self._directory.path, lambda name: name in self._names.style.kernel_files
        )
        write_initrd(self._context.run_dir / "initrd", starter, files)


def _number(names: tuple[str, ...]) -> list[tuple[int, str]]:
    return list(enumerate(names, start=1))

"""Procedures that a run script or a site's run module uses to put an image together itself."""

from __future__ import annotations

from genode_tool.binary.boot_modules import PAGE, BootModule, write_boot_modules
from genode_tool.binary.elf import machine_for_specs
from genode_tool.errors import UserError
from genode_tool.run.api.base import Words, command
from genode_tool.run.api.bootdir import BootDirectoryApi
from genode_tool.run.boot.initrd import write_initrd
from genode_tool.run.boot.link import Linker
from genode_tool.run.boot.style import modules_in
from genode_tool.run.verdict import Outcome, ScenarioStop

_GENERIC_SCRIPT = "repos/base/src/ld/genode.ld"
_NO_KERNEL = -6


class CoreImageApi(BootDirectoryApi):
    """The single steps of making an image."""

    @command
    def core_link_address(self) -> str:
        """Return where core is linked to, as a hexadecimal number; 0 when that is left open."""
        return self.style.core_address or "0"

    @command
    def core_ld_opts(self) -> tuple[str, ...]:
        """Return the options of the compiler driver that name core's linker scripts."""
        tree = self.context.build.genode_dir
        scripts = (_GENERIC_SCRIPT, *self.style.core_scripts)
        return ("-Wl,-T", *(f"-Wl,{tree / one}" for one in scripts))

    @command
    def kernel_files(self) -> tuple[str, ...]:
        """Return the files of the boot directory that belong to the kernel."""
        return self.style.kernel_files

    @command
    def kernel_location_from_config_file(self, config_file: str, default_location: str) -> str:
        """Return what a line `KERNEL = PATH` of a file names, else the default."""
        path = self.in_build(config_file)
        text = path.read_text(errors="replace") if path.is_file() else ""
        for line in text.splitlines():
            name, separator, value = line.partition("=")
            if separator and name.strip(" \t:?") == "KERNEL" and value.strip():
                if self.in_build(value.strip()).exists():
                    return value.strip()
                raise self.stop(
                    Outcome.EXITED,
                    f"the kernel that {config_file} names does not exist: {value.strip()}",
                    exit_code=_NO_KERNEL & 0xFF,
                )
        return default_location

    @command
    def generate_boot_modules_asm(self, path: str, modules: Words) -> str:
        """Return assembly text for an object that carries files of directory `path`."""
        word = ".quad" if self.have_64_bit() else ".long"
        names = self.words(modules)
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

    @command
    def build_core(self, lib: str, modules: Words, target: str, link_address: str) -> None:
        """Link core's part `lib` with files of the boot directory to the image `target`."""
        if self.session.planning:
            return
        build = self.context.build
        machine = machine_for_specs(build.specs)
        module_object = self.context.run_dir.with_name(f"{self.context.name}.boot_modules.o")
        files = tuple(
            BootModule.from_file(self.genode_path / name, name) for name in self.words(modules)
        )
        try:
            write_boot_modules(module_object, machine, files)
            warn = self._warn
            Linker.of(build, machine, warn).link(
                self.in_build(target),
                (self.in_build(lib), module_object),
                script=build.genode_dir / _GENERIC_SCRIPT,
                more_scripts=tuple(build.genode_dir / one for one in self.style.core_scripts),
                whole=True,
                text=link_address,
            )
        except UserError as error:
            raise ScenarioStop(
                Outcome.NO_IMAGE, error.message, trail=error.trail, hint=error.hint
            ) from error
        finally:
            module_object.unlink(missing_ok=True)

    @command
    def build_core_image(self, modules: Words) -> None:
        """Gather binaries and link core with everything in the boot directory: `image.elf`."""
        invoke = self.session.frontend.invoke
        invoke("copy_genode_binaries_to_run_dir", " ".join(self.words(modules)))
        if self.session.planning:
            return
        archive = self.kernel_specific("core.a")
        part = self.genode_path / archive
        if not part.exists():
            self.copy_file(f"bin/{archive}", str(part))
        self.check_boot_directory()
        names = [one.name for one in modules_in(self.genode_path, self.style.excludes)]
        run_dir = self.context.relative_run_dir
        image = f"{run_dir}/{self.kernel_specific('image.elf')}"
        core = f"{run_dir}/genode/{archive}"
        invoke("build_core", core, " ".join(names), image, invoke("core_link_address"))

    @command
    def build_initrd(self, modules: Words) -> None:
        """Gather binaries and write them as the initial RAM disk of a Linux kernel: `initrd`."""
        self.session.frontend.invoke(
            "copy_genode_binaries_to_run_dir", " ".join(self.words(modules))
        )
        if self.session.planning:
            return
        starter = self.genode_path / "initramfs"
        if not starter.exists():
            raise self.stop(
                Outcome.NO_IMAGE,
                "an initial RAM disk needs the boot module `initramfs`, which is not there",
                hint="add `initramfs` to the script's `build` and `build_boot_image`",
            )
        files = modules_in(self.genode_path, lambda name: name in self.style.kernel_files)
        write_initrd(self.context.run_dir / "initrd", starter, files)

    def have_64_bit(self) -> bool:
        """Whether addresses have 64 bits."""
        return machine_for_specs(self.context.build.specs).bits == 64

    def _warn(self, text: str) -> None:
        self.session.print(text, error=True)


def _number(names: tuple[str, ...]) -> list[tuple[int, str]]:
    return list(enumerate(names, start=1))

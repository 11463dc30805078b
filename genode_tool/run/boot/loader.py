"""Booting kernels that a boot loader starts with several modules: NOVA, Fiasco.OC, seL4, ….

Core with its boot modules becomes `image.elf`, the last module. On PCs, trees bring `bender`, a
small program that prepares the machine (serial line, power states) before it starts the first
module; boot loaders start it when the tree has it. QEMU loads kernel and modules itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from genode_tool.binary.boot_modules import write_boot_modules
from genode_tool.binary.elf import machine_for_specs
from genode_tool.binary.elf32 import is_elf64, write_elf32
from genode_tool.errors import UserError
from genode_tool.run.boot.link import Linker, check_image
from genode_tool.run.boot.style import BootRequest, BootResult, linker_program, modules_in
from genode_tool.run.image.entry import BootEntry, BootFile, BootProtocol
from genode_tool.run.machine.base import KernelMedium, LoadedFile

_IMAGE = "image.elf"
_MICROCODE = "micro.code"


@dataclass(frozen=True, slots=True)
class KernelPart:
    """A file of the kernel: its name in the boot directory, in `bin/`, and in the image.

    `goal` builds it; `arguments` is what the boot loader hands over with it, with places for
    the fields of `BootArguments`.
    """

    file: str
    binary: str
    boot: str
    goal: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class LoaderStyle:
    """One kernel on one board. See `BootStyle`.

    `parts` are in the order in which a boot loader gets them, the first is what it starts;
    `bender` are the kernel's options for that program. `core_scripts` are linker scripts
    besides the generic one, relative to the tree. `core_goal` and `linker_goal` build core and
    the dynamic linker.
    """

    name: str
    title: str
    boot_message: str
    timer: str
    core_archive: str
    core_address: str
    parts: tuple[KernelPart, ...]
    protocol: BootProtocol = BootProtocol.MULTIBOOT
    core_goal: str = ""
    linker_goal: str = ""
    core_scripts: tuple[str, ...] = ()
    bender: str = ""
    links: bool = False
    discard_modules: bool = True

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The kernel's own binaries by their generic names."""
        return {
            "core.a": (self.core_archive,),
            "core.o": (self.core_object,),
            "ld.lib.so": (f"ld-{self.name}.lib.so",),
            "timer": (self.timer,),
        }

    @property
    def core_object(self) -> str:
        """The name of core in trees up to 20.11, where it is a relocatable object."""
        return f"{self.core_archive.removesuffix('.a')}.o"

    @property
    def core_parts(self) -> tuple[str, ...]:
        """The names that core may have in `bin/`, the newest first."""
        return (self.core_archive, self.core_object)

    @property
    def kernel_files(self) -> tuple[str, ...]:
        """The kernel itself and its helpers, which are not boot modules."""
        return tuple(part.file for part in self.parts)

    def excludes(self, binary: str) -> bool:
        """Return whether a binary is part of the kernel's image, not a boot module."""
        return binary in ("core", "core.a", "core.o", *self.core_parts, *self.kernel_files)

    def goals(self, genode_path: Path) -> tuple[str, ...]:
        """Return the goals of parts that are missing; those imported from a depot need no build."""
        wanted: list[tuple[tuple[str, ...], str]] = [
            ((part.file,), part.goal) for part in self.parts
        ]
        wanted.append((self.core_parts, self.core_goal))
        wanted.append((("ld.lib.so",), self.linker_goal or f"lib/ld-{self.name}"))
        goals = (
            goal
            for files, goal in wanted
            if goal and not any((genode_path / file).exists() for file in files)
        )
        return tuple(dict.fromkeys(goals))

    def fitted(self, repositories: Sequence[Path]) -> LoaderStyle:
        """Return the style with the goals that `repositories` have."""
        return replace(self, linker_goal=linker_program(self.name, repositories))

    def make_image(self, request: BootRequest) -> BootResult:
        """Link core with the boot modules, for the kernel to load."""
        machine = machine_for_specs(request.build.specs)
        linker_path = request.genode_path / "ld.lib.so"
        # Imported from a depot, or built: scripts name `ld.lib.so` without the kernel.
        if not linker_path.exists():
            shutil.copy(self._find(request, "ld.lib.so", f"ld-{self.name}.lib.so"), linker_path)
        modules = modules_in(request.genode_path, self.excludes)
        boot = request.run_dir / "boot"
        module_object, image = request.run_dir / "boot_modules.o", boot / _IMAGE
        write_boot_modules(module_object, machine, modules)
        Linker.of(request.build, machine, request.warn).link(
            image,
            (self._core(request), module_object),
            script=request.build.genode_dir / "repos/base/src/ld/genode.ld",
            more_scripts=tuple(request.build.genode_dir / one for one in self.core_scripts),
            whole=True,
            text=self.core_address,
            strip=True,
        )
        module_object.unlink()
        check_image(image, multiboot=False)
        for part in self.parts:
            shutil.copy(self._find(request, part.file, part.binary), boot / part.boot)
        files = tuple(
            BootFile(boot / part.boot, part.boot, request.arguments.fill(part.arguments))
            for part in self.parts
        )
        files += (BootFile(image, _IMAGE),)
        return BootResult(
            direct_start(files),
            modules,
            image,
            loader_entry(request, self.title, self.protocol, files, self.bender),
        )

    def _core(self, request: BootRequest) -> Path:
        for place in (request.genode_path, request.build.path / "bin"):
            if (place / self.core_object).exists() and not (place / self.core_archive).exists():
                return place / self.core_object
        return self._find(request, self.core_archive, self.core_archive)

    def _find(self, request: BootRequest, file: str, binary: str) -> Path:
        imported, built = request.genode_path / file, request.build.path / "bin" / binary
        if imported.exists():
            return imported
        if built.exists():
            return built
        raise UserError(f"bin/{binary} was never built")


def direct_start(files: tuple[BootFile, ...]) -> KernelMedium:
    """Return how QEMU starts the first of `files` with the others as modules.

    A 64-bit kernel is converted, beside the original; raises what that raises.
    """
    kernel, *modules = files
    started = kernel.path
    # QEMU's multiboot loader refuses 64-bit ELF files.
    if is_elf64(started):
        started = kernel.path.with_name(f".{kernel.path.name}.elf32")
        write_elf32(kernel.path, started)
    loaded = tuple(LoadedFile(module.path, module.arguments) for module in modules)
    return KernelMedium(started, kernel.arguments, loaded)


def loader_entry(
    request: BootRequest,
    title: str,
    protocol: BootProtocol,
    files: tuple[BootFile, ...],
    options: str = "",
) -> BootEntry:
    """Return what a boot loader does: `bender` first where the tree has it, then `files`."""
    named = tuple(
        BootFile(file.path, file.name, f"{file.name} {file.arguments}".strip()) for file in files
    )
    bender = request.build.genode_dir / "tool/boot/bender"
    if not bender.is_file():
        return BootEntry(title, protocol, named[0], named[1:])
    words = [*request.arguments.boot_output.split(), request.arguments.power_mode, *options.split()]
    if request.arguments.microcode:
        named = (_microcode(request), *named)
        words.append("microcode")
    if "image/uefi" in request.switches.includes:
        words.append("serial_fallback")
    return BootEntry(title, protocol, BootFile(bender, "bender", " ".join(words)), named)


def _microcode(request: BootRequest) -> BootFile:
    source = request.build.path / "bin" / _MICROCODE
    if not source.exists():
        raise UserError(
            f"bin/{_MICROCODE} does not exist, but the script applies it",
            hint="copy the file for your processor there",
        )
    target = request.run_dir / "boot" / _MICROCODE
    shutil.copy(source, target)
    return BootFile(target, _MICROCODE, _MICROCODE)

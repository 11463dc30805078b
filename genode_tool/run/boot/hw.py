"""Booting on base-hw: kernel, core and boot modules are one ELF image.

Two forms exist. In this project's own tree, `core-hw-BOARD.o` is linked with the boot modules
by the board's linker script (see `repos/base-hw/doc/image.md`). In trees since 17.05, core with
its modules is linked to its virtual address first, and `bootstrap-hw-BOARD.o` then carries
the result as its only module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genode_tool.binary.boot_modules import BootModule, write_boot_modules
from genode_tool.binary.elf import machine_for_specs
from genode_tool.errors import UserError
from genode_tool.run.boot.link import Linker, check_image
from genode_tool.run.boot.loader import direct_start, loader_entry
from genode_tool.run.boot.style import BootRequest, BootResult, linker_program, modules_in
from genode_tool.run.context.build_side import BuildSide, repository_with
from genode_tool.run.image.entry import BootEntry, BootFile, BootProtocol
from genode_tool.run.machine.base import KernelMedium

_NAMES = {
    "ld.lib.so": ("ld-hw.lib.so",),
    "timer": ("hw_timer",),
    "image.elf": ("image-hw.elf",),
}
_CORE_ADDRESS = {True: 0xFFFFFFC000000000, False: 0x80000000}


def _entry(image: Path) -> BootEntry:
    return BootEntry("Genode on hw", BootProtocol.MULTIBOOT, BootFile(image, image.name))


@dataclass(frozen=True, slots=True)
class HwSingleObjectStyle:
    """The image of this project's own tree: one link of core's object and the modules."""

    board: str
    script: Path
    name: str = "hw"
    boot_message: str = "core: hw kernel on"
    core_address: str = ""
    core_scripts: tuple[str, ...] = ()
    links: bool = True
    discard_modules: bool = False

    @staticmethod
    def of(build: BuildSide) -> HwSingleObjectStyle | None:
        """Return the style when the tree has the linker script for it."""
        relative = f"src/core/{build.board}/core.ld"
        repository = repository_with(build.repositories, relative)
        return HwSingleObjectStyle(build.board, repository / relative) if repository else None

    @property
    def kernel_files(self) -> tuple[str, ...]:
        """Nothing: the kernel is part of core."""
        return ()

    @property
    def core_object(self) -> str:
        """The name of core's object."""
        return f"core-hw-{self.board}.o"

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The kernel's own binaries by their generic names."""
        return _NAMES

    def excludes(self, binary: str) -> bool:
        """Return whether a binary is part of the kernel's image, not a boot module."""
        return binary in ("core", self.core_object)

    def goals(self, genode_path: Path) -> tuple[str, ...]:
        """Return no goals: scripts build core themselves."""
        del genode_path
        return ()

    def make_image(self, request: BootRequest) -> BootResult:
        """Link core and all boot modules into one image."""
        core = request.build.path / "bin" / self.core_object
        if not core.exists():
            raise UserError(
                f"bin/{self.core_object} was never built", hint="add `core` to the script's `build`"
            )
        modules = modules_in(request.genode_path, self.excludes)
        machine = machine_for_specs(request.build.specs)
        module_object = request.run_dir / "boot_modules.o"
        image = request.run_dir / "boot" / "image.elf"
        write_boot_modules(module_object, machine, modules)
        Linker.of(request.build, machine, request.warn).link(
            image,
            (core, module_object),
            script=self.script,
            options=("-static", "--build-id=none", "-z", "noexecstack"),
        )
        module_object.unlink()
        check_image(image, multiboot=machine.name in ("x86_64", "x86_32"))
        return BootResult(KernelMedium(image), modules, image, _entry(image))


@dataclass(frozen=True, slots=True)
class HwBootstrapStyle:
    """The image of upstream trees: core with its modules, carried by bootstrap."""

    board: str
    link_address: str
    name: str = "hw"
    boot_message: str = "\nkernel initialized"
    core_address: str = ""
    core_scripts: tuple[str, ...] = ()
    links: bool = False
    discard_modules: bool = True
    linker_goal: str = ""

    @staticmethod
    def of(build: BuildSide) -> HwBootstrapStyle:
        """Return the style for the build's board.

        Raises `UserError` when the tree has no link address for the board's image.
        """
        relative = f"board/{build.board}/image_link_address"
        repository = repository_with(build.repositories, relative)
        address = (repository / relative).read_text() if repository else _older_address(build)
        if not address:
            raise UserError(
                f'board "{build.board}" is unknown for kernel hw: no repository has {relative}',
                hint="choose a board with `--board`",
            )
        return HwBootstrapStyle(
            build.board,
            address.split()[0],
            core_address=hex(_CORE_ADDRESS[machine_for_specs(build.specs).bits == 64]),
            linker_goal=linker_program("hw", build.repositories),
        )

    @property
    def kernel_files(self) -> tuple[str, ...]:
        """Nothing: the kernel is part of core."""
        return ()

    @property
    def core_parts(self) -> tuple[str, ...]:
        """The names that core's part may have: up to 20.11 an object, up to 19.02 of any board."""
        return (f"core-hw-{self.board}.a", f"core-hw-{self.board}.o", "core-hw.o")

    @property
    def bootstrap_parts(self) -> tuple[str, ...]:
        """The names that bootstrap's part may have."""
        return (f"bootstrap-hw-{self.board}.o", "bootstrap-hw.o")

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The kernel's own binaries by their generic names."""
        return _NAMES

    def excludes(self, binary: str) -> bool:
        """Return whether a binary is part of the kernel's image, not a boot module."""
        return binary in ("core", *self.core_parts, *self.bootstrap_parts)

    def goals(self, genode_path: Path) -> tuple[str, ...]:
        """Return the goals of parts that are missing; those imported from a depot need no build."""
        wanted = (
            (self.bootstrap_parts, "bootstrap/hw"),
            (self.core_parts, "core/hw"),
            (("ld.lib.so",), self.linker_goal),
        )
        return tuple(
            goal
            for parts, goal in wanted
            if goal and not any((genode_path / part).exists() for part in parts)
        )

    def make_image(self, request: BootRequest) -> BootResult:
        """Link core with the modules, and bootstrap with the result."""
        machine = machine_for_specs(request.build.specs)
        linker = Linker.of(request.build, machine, request.warn)
        generic_script = request.build.genode_dir / "repos/base/src/ld/genode.ld"
        modules = modules_in(request.genode_path, self.excludes)
        module_object = request.run_dir / "boot_modules.o"
        core, image = request.run_dir / "core.elf", request.run_dir / "boot" / "image-hw.elf"
        write_boot_modules(module_object, machine, modules)
        linker.link(
            core,
            (self._part(request, self.core_parts), module_object),
            script=generic_script,
            whole=True,
            text=self.core_address,
            strip=True,
        )
        # Bootstrap finds core as its only boot module, by the same symbols as core finds its own.
        write_boot_modules(module_object, machine, (BootModule.from_file(core),))
        linker.link(
            image,
            (self._part(request, self.bootstrap_parts), module_object),
            script=generic_script,
            whole=True,
            text=self.link_address,
            strip=True,
        )
        module_object.unlink()
        core.unlink()
        check_image(image, multiboot=False)
        file = BootFile(image, image.name)
        if machine.name not in ("x86_64", "x86_32"):
            return BootResult(KernelMedium(image), modules, image, _entry(image))
        entry = loader_entry(request, "Genode on hw", BootProtocol.MULTIBOOT2, (file,))
        return BootResult(direct_start((file,)), modules, image, entry)

    def _part(self, request: BootRequest, names: tuple[str, ...]) -> Path:
        for directory in (request.genode_path, request.build.path / "bin"):
            for name in names:
                if (directory / name).exists():
                    return directory / name
        raise UserError(f"bin/{names[0]} was never built")


def _older_address(build: BuildSide) -> str:
    """Return the link address that a tree up to 20.11 has in its run tool, by spec; "" for none."""
    try:
        text = (build.genode_dir / "tool/run/boot_dir/hw").read_text(errors="replace")
    except OSError:
        return ""
    body = text.partition("proc bootstrap_link_address")[2].partition("\nproc ")[0]
    found = re.findall(r'have_spec "?(\w+)"?\]\}\s*\{\s*return "?(0x[0-9a-f]+)', body)
    return next((address for spec, address in found if spec in build.specs), "")

"""Booting on Linux: core is a process, boot modules are files in its working directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.run.boot.style import BootRequest, BootResult, modules_in
from genode_tool.run.machine.base import ProgramMedium

_NAMES = {
    "core": ("core-linux",),
    "ld.lib.so": ("ld-linux.lib.so",),
    "timer": ("linux_timer",),
}


@dataclass(frozen=True, slots=True)
class LinuxStyle:
    """Boots by executing core as a process of the host.

    `linker_goal` is the dynamic linker's where scripts do not build it.
    """

    name: str = "linux"
    boot_message: str = ""
    core_address: str = ""
    core_scripts: tuple[str, ...] = ()
    kernel_files: tuple[str, ...] = ()
    links: bool = True
    discard_modules: bool = False
    linker_goal: str = ""

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The kernel's own binaries by their generic names."""
        return _NAMES

    def excludes(self, binary: str) -> bool:
        """Exclude nothing: core is a file like the others on Linux."""
        del binary
        return False

    def goals(self, genode_path: Path) -> tuple[str, ...]:
        """Return the dynamic linker's goal: scripts build core themselves."""
        imported = (genode_path / "ld.lib.so").exists()
        return (self.linker_goal,) if self.linker_goal and not imported else ()

    def make_image(self, request: BootRequest) -> BootResult:
        """Return the boot directory itself: core finds its modules there."""
        core = request.genode_path / "core"
        if not core.exists():
            raise UserError(
                "the boot directory has no `core`",
                hint="name core in the script's `build` and `build_boot_image`",
            )
        return BootResult(
            ProgramMedium(request.genode_path, ("./core",)),
            modules_in(request.genode_path, lambda _name: False),
        )

"""Booting NOVA as trees up to 16.11 do: core and each boot module are modules of the boot loader.

Later trees link core with all modules into one file. See `loader`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.run.boot.loader import direct_start, loader_entry
from genode_tool.run.boot.loader_kernels import KERNELS
from genode_tool.run.boot.style import BootRequest, BootResult, modules_in
from genode_tool.run.context.build_side import BuildSide, repository_with
from genode_tool.run.image.entry import BootFile, BootProtocol

HYPERVISOR = "hypervisor"
ARGUMENTS = "iommu serial"
"""What the hypervisor gets from the boot loader."""


@dataclass(frozen=True, slots=True)
class SeparateModulesStyle:
    """NOVA with separate boot modules. See `BootStyle`."""

    name: str = "nova"
    boot_message: str = "\n\r\fNOVA Microhypervisor"
    core_address: str = ""
    core_scripts: tuple[str, ...] = ()
    kernel_files: tuple[str, ...] = ()
    links: bool = False
    discard_modules: bool = False
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def excludes(self, binary: str) -> bool:
        """Exclude nothing: core is a module like the others."""
        del binary
        return False

    def goals(self, genode_path: Path) -> tuple[str, ...]:
        """Return the kernel's goal: scripts build core themselves."""
        del genode_path
        return ("kernel",)

    def make_image(self, request: BootRequest) -> BootResult:
        """Return the hypervisor with core, the configuration and the other files as modules."""
        built = [request.build.path / place / HYPERVISOR for place in ("kernel", "bin")]
        source = next((path for path in built if path.exists()), None)
        if source is None:
            raise UserError("kernel/hypervisor was never built")
        boot = request.run_dir / "boot"
        boot.mkdir(exist_ok=True)
        kernel = Path(shutil.copy(source, boot / HYPERVISOR))
        modules = modules_in(request.genode_path, self.excludes)
        names = [module.name for module in modules]
        missing = [name for name in ("core", "config") if name not in names]
        if missing:
            raise UserError(
                f"the boot directory has no `{missing[0]}`",
                hint="the first modules of NOVA are core and the configuration",
            )
        # Core takes itself, then its configuration, for the first two modules.
        ordered = ["core", "config", *(name for name in names if name not in ("core", "config"))]
        files = (
            BootFile(kernel, kernel.name, ARGUMENTS),
            *(BootFile(request.genode_path / name, name) for name in ordered),
        )
        entry = loader_entry(request, "Genode on NOVA", BootProtocol.MULTIBOOT, files)
        return BootResult(direct_start(files), modules, None, entry)


def separate_style(build: BuildSide) -> SeparateModulesStyle | None:
    """Return the style when the tree has a `src/core` that is not by kernel; else None.

    Raises `UserError` for kernels whose images such trees make in other ways.
    """
    kernel = build.kernel
    if kernel not in KERNELS or repository_with(build.repositories, f"src/core/{kernel}"):
        return None
    if repository_with(build.repositories, "src/core/target.mk") is None:
        return None
    if kernel != "nova":
        raise UserError(
            f"kernel {kernel} in a tree up to 16.11: the engine does not make such images",
            hint="the kernels nova and linux of these trees can be run",
        )
    return SeparateModulesStyle()

"""The medium from which a system would start, for plans: nothing of it exists yet."""

from __future__ import annotations

from pathlib import Path

from genode_tool.run.boot.arguments import BootArguments
from genode_tool.run.boot.loader import LoaderStyle
from genode_tool.run.boot.separate import ARGUMENTS, HYPERVISOR, SeparateModulesStyle
from genode_tool.run.boot.style import BootStyle
from genode_tool.run.machine.base import KernelMedium, LoadedFile, ProgramMedium


def planned_medium(
    style: BootStyle, run_dir: Path, arguments: BootArguments
) -> ProgramMedium | KernelMedium:
    """Return the medium that `style` makes in `run_dir` when no image format is asked for."""
    boot = run_dir / "boot"
    if style.name == "linux":
        return ProgramMedium(run_dir / "genode", ("./core",))
    if isinstance(style, SeparateModulesStyle):
        return KernelMedium(boot / HYPERVISOR, ARGUMENTS)
    if not isinstance(style, LoaderStyle):
        (image,) = style.names.get("image.elf", ("image.elf",))
        return KernelMedium(boot / image)
    kernel, *others = style.parts
    loaded = [LoadedFile(boot / part.boot, arguments.fill(part.arguments)) for part in others]
    loaded.append(LoadedFile(boot / "image.elf"))
    return KernelMedium(boot / kernel.boot, arguments.fill(kernel.arguments), tuple(loaded))

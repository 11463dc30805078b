"""The command line of a system that is not started, for plans."""

from __future__ import annotations

import contextlib
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.run.api.image.boot_arguments import BootArgumentProcedures
from genode_tool.run.api.image.disk_images import DiskImages, disk_of
from genode_tool.run.api.image.kernel_names import KernelNames
from genode_tool.run.api.system.qemu_arguments import QemuArguments
from genode_tool.run.boot.planned import planned_medium
from genode_tool.run.context.run_modules import SystemModules
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.machine.base import Medium, ProgramMedium
from genode_tool.run.machine.qemu_args import compose, repeatable


class ForeseenCommand:
    """The `StartCommand` of a plan; paths are relative to the build directory."""

    def __init__(
        self,
        context: ScenarioContext,
        names: KernelNames,
        arguments: BootArgumentProcedures,
        images: DiskImages,
        qemu: QemuArguments,
        modules: SystemModules,
    ) -> None:
        self._context = context
        self._names = names
        self._arguments = arguments
        self._images = images
        self._qemu = qemu
        self._modules = modules

    def arguments(self) -> tuple[str, ...]:
        """Return the arguments that the script adds to QEMU's."""
        return self._qemu.arguments()

    def command(self) -> tuple[str, ...]:
        """Return the command line; empty for a real machine, and for a board unknown to QEMU."""
        if self._modules.real:
            return ()
        place = Path(self._context.relative_run_dir)
        medium: Medium = planned_medium(self._names.style, place, self._arguments.collect())
        if isinstance(medium, ProgramMedium):
            return medium.argv
        if not self._qemu.emulated:
            return ()
        kind = self._images.requested_format()
        if kind is not None and kind.for_pc:
            medium = disk_of(kind, place.with_name(place.name + kind.suffix))
        with contextlib.suppress(EnvironmentProblem):  # the firmware may be missing
            return repeatable(compose(self._qemu.request(medium), serial_fd=0, control_fd=0))
        return ()

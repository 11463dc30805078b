"""Procedures about the arguments that QEMU is started with."""

from __future__ import annotations

import os

from genode_tool.run.api.procedure import procedure
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.machine.base import DiskMedium, KernelMedium
from genode_tool.run.machine.qemu_args import QemuRequest, program_for
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Outcome


class QemuArguments:
    """The script's arguments, the board's, and what becomes of both."""

    def __init__(self, context: ScenarioContext, script: Script) -> None:
        self._context = context
        self._script = script

    @procedure()
    def qemu_args(self) -> str:
        """Return the text that the script added to QEMU's arguments so far."""
        return self._script.get("qemu_args") or ""

    @procedure()
    def append_qemu_nic_args(self, extra_netdev_args: str = "") -> None:
        """Add a user-mode network with further properties, such as forwarded ports."""
        extra = f",{extra_netdev_args}" if extra_netdev_args else ""
        self._script.set("qemu_args", f"{self.qemu_args()} -netdev user,id=net0{extra}")

    @procedure()
    def board_qemu_args(self) -> str:
        """Return the arguments that the board needs, as the tree has them."""
        found = self._context.find(f"board/{self._context.build.board}/qemu_args")
        return " ".join(found.read_text().split("\n")) if found else ""

    def arguments(self) -> tuple[str, ...]:
        """Return the words that the script added to QEMU's arguments so far."""
        return self._script.split(self.qemu_args())

    def request(self, medium: KernelMedium | DiskMedium | None) -> QemuRequest:
        """Return what the scenario wants from QEMU."""
        build = self._context.build
        program = program_for(build.specs, build.kernel)
        if program is None:
            raise stop(
                self._script,
                Outcome.UNSUPPORTED,
                f"no QEMU is known for the specs {' '.join(build.specs)}",
            )
        return QemuRequest(
            program=program,
            script=(*self.arguments(), *self._context.options.qemu_args),
            board=self._script.split(self.board_qemu_args()),
            medium=medium,
            pc=build.board == "pc",
            first_serial_unused=build.board == "rpi3",
            has_display=bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")),
        )

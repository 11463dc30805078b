"""Procedures about the arguments that QEMU is started with."""

from __future__ import annotations

import os

from genode_tool.run.api.base import command
from genode_tool.run.api.queries import Queries
from genode_tool.run.machine.base import DiskMedium, KernelMedium
from genode_tool.run.machine.qemu_args import QemuRequest, program_for
from genode_tool.run.verdict import Outcome


class QemuApi(Queries):
    """The script's arguments, the board's, and what becomes of both."""

    @command
    def qemu_args(self) -> str:
        """Return what the script added to QEMU's arguments so far."""
        return self.session.frontend.get("qemu_args") or ""

    @command
    def append_qemu_nic_args(self, extra_netdev_args: str = "") -> None:
        """Add a user-mode network with further properties, such as forwarded ports."""
        extra = f",{extra_netdev_args}" if extra_netdev_args else ""
        self.session.frontend.set("qemu_args", f"{self.qemu_args()} -netdev user,id=net0{extra}")

    @command
    def board_qemu_args(self) -> str:
        """Return the arguments that the board needs, as the tree has them."""
        found = self.find(f"board/{self.context.build.board}/qemu_args")
        return " ".join(found.read_text().split("\n")) if found else ""

    def qemu_request(self, medium: KernelMedium | DiskMedium | None) -> QemuRequest:
        """Return what the scenario wants from QEMU."""
        build = self.context.build
        program = program_for(build.specs, build.kernel)
        if program is None:
            raise self.stop(
                Outcome.UNSUPPORTED, f"no QEMU is known for the specs {' '.join(build.specs)}"
            )
        return QemuRequest(
            program=program,
            script=(*self.words(self.qemu_args()), *self.context.options.qemu_args),
            board=self.words(self.board_qemu_args()),
            medium=medium,
            pc=build.board == "pc",
            first_serial_unused=build.board == "rpi3",
            has_display=bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")),
        )

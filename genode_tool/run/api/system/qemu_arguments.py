"""Procedures about the arguments that QEMU is started with."""

from __future__ import annotations

import os

from genode_tool.run.api.procedure import procedure
from genode_tool.run.api.script.queries import Queries
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.machine.base import DiskMedium, KernelMedium
from genode_tool.run.machine.board_options import board_words, emulator
from genode_tool.run.machine.qemu_args import QemuRequest, option_pairs, program_for
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Outcome


class QemuArguments:
    """The arguments of the script and of the board, and the request that they make together."""

    def __init__(
        self, context: ScenarioContext, script: Script, queries: Queries, progress: Progress
    ) -> None:
        self._context = context
        self._script = script
        self._queries = queries
        self._progress = progress

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
    def board_qemu_args(self) -> tuple[str, ...]:
        """Return the arguments that the board needs: those of the tree and of the settings."""
        return self._board_words() or ()

    @procedure()
    def is_qemu_available(self) -> bool:
        """Return whether QEMU emulates the board: the tree or settings have arguments for it."""
        self._queries.board()
        if self.emulated:
            return True
        self._progress.warn("the board is not supported by QEMU, not executed")
        return False

    @property
    def emulated(self) -> bool:
        """Return whether tree or settings have arguments for the board."""
        return self._board_words() is not None

    def _board_words(self) -> tuple[str, ...] | None:
        board = self._context.build.board
        found = self._context.find(f"board/{board}/qemu_args")
        of_tree = self._script.split(" ".join(found.read_text().split("\n"))) if found else None
        return board_words(board, of_tree, self._context.settings)

    def arguments(self) -> tuple[str, ...]:
        """Return the words that the script added to QEMU's arguments so far."""
        return self._script.split(self.qemu_args())

    def request(self, medium: KernelMedium | DiskMedium | None) -> QemuRequest:
        """Return the scenario's demands on QEMU."""
        build, settings = self._context.build, self._context.settings
        boards, defaults = settings.boards, settings.runs.run
        by_specs = program_for(build.specs, build.kernel, boards.emulators)
        program = emulator(build.board, by_specs, settings)
        if program is None:
            raise stop(
                self._script,
                Outcome.UNSUPPORTED,
                f"no QEMU is known for the specs {' '.join(build.specs)}",
            )
        script = (*self.arguments(), *self._context.options.qemu_args)
        board = self._board_words() or ()
        if any(option == "-daemonize" for option, _ in option_pairs((*script, *board))):
            raise stop(
                self._script,
                Outcome.SCRIPT_ERROR,
                "`-daemonize` is among QEMU's arguments: QEMU would go on after the run",
                hint="leave it out; `--interactive` keeps the system running until you leave",
            )
        return QemuRequest(
            program=program,
            script=script,
            board=board,
            medium=medium,
            default_memory=defaults.pc_memory if build.board == "pc" else 0,
            first_serial_unused=boards.of(build.board).log_serial == 2,
            has_display=bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")),
            firmware=defaults.uefi_firmware,
        )

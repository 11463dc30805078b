"""The start of a system: on this host as a process or in QEMU, or behind a serial line."""

from __future__ import annotations

from genode_tool.deadline import Deadline
from genode_tool.run.api.image.disk_images import DiskImages
from genode_tool.run.api.image.kernel_names import KernelNames
from genode_tool.run.api.script.queries import Queries
from genode_tool.run.api.system.qemu_arguments import QemuArguments
from genode_tool.run.context.run_modules import SystemModules
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.machine.base import Machine, ProgramMedium
from genode_tool.run.machine.host import HostProcess
from genode_tool.run.machine.qemu import QemuMachine
from genode_tool.run.machine.qemu_args import lines_elsewhere, repeatable
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.scenario.system_image import SystemImage
from genode_tool.run.verdict import Outcome

_START_SECONDS = 60.0


class SystemStart:
    """Makes the machine for an image and attaches it to the scenario."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        progress: Progress,
        *,
        system: RunningSystem,
        image: SystemImage,
        modules: SystemModules,
        names: KernelNames,
        queries: Queries,
        disks: DiskImages,
        qemu: QemuArguments,
    ) -> None:
        self._context = context
        self._script = script
        self._progress = progress
        self._system = system
        self._image = image
        self._modules = modules
        self._names = names
        self._queries = queries
        self._disks = disks
        self._qemu = qemu

    def listen_if_silent(self) -> None:
        """Open the serial line of a real machine that somebody else has switched on."""
        if self._system.machine is None:
            self.listen()

    def listen(self) -> None:
        """Open the serial line that the run module for the log names, if it names one."""
        module = self._modules.log
        if module is None or module.local or module.site:
            return
        if self._context.options.gdb:
            raise stop(
                self._script,
                Outcome.ERROR,
                f"--gdb debugs systems in QEMU and on Linux, not by {module.include}",
            )
        from genode_tool.run.machine.lines import line_of

        directory = self._context.build.path
        line = line_of(module, directory)
        self._attach(line, ())
        self._system.note_command(line.command, line.command, directory)

    def start_on_host(self) -> None:
        """Start the system on this host: as a process, or in QEMU."""
        medium = self._image.medium
        if medium is None:
            raise stop(
                self._script,
                Outcome.NO_IMAGE,
                "no image to start",
                hint="the script has to call build_boot_image before run_genode_until",
            )
        self._system.stop()
        debugged = self._context.options.gdb
        if isinstance(medium, ProgramMedium):
            interactive = self._context.options.interactive
            machine: HostProcess | QemuMachine = HostProcess(
                medium, echo=interactive, debugged=debugged
            )
            variables, by_hand, cwd = ("linux_spawn_id",), medium.argv, medium.directory
        else:
            if self._script.invoke("is_qemu_available") != "1":
                board = self._queries.board()
                raise stop(
                    self._script,
                    Outcome.UNSUPPORTED,
                    f"board {board} cannot be run in QEMU",
                    hint=f"describe it in `[boards.{board}]` of etc/genode/boards.toml",
                )
            self._disks.provide_disks(self._qemu.arguments())
            request = self._qemu.request(medium)
            for line in lines_elsewhere(request):
                self._progress.warn(
                    f"the serial line `-serial {line}` leads elsewhere: patterns and the log get"
                    " nothing of it; `-serial mon:stdio` leads to them"
                )
            machine = QemuMachine(
                request, debugged=debugged, on_messages=self._progress.transcript.message
            )
            variables, by_hand, cwd = ("qemu_spawn_id",), (), self._context.build.path
        try:
            self._attach(machine, variables)
        finally:
            if machine.command:
                typed = by_hand or repeatable(machine.command)
                self._system.note_command(machine.command, typed, cwd)
        if debugged:
            from genode_tool.run.boot.symbols import symbols_of  # one of many runs wants it

            build, run_dir = self._context.build, self._context.run_dir
            symbols = symbols_of(self._names.style, build, run_dir, self._progress.warn)
            self._system.debug(symbols, machine.debug_target)

    def _attach(self, machine: Machine, variables: tuple[str, ...]) -> None:
        spawn_id = self._system.attach(machine, Deadline.after(_START_SECONDS))
        for variable in (*variables, "output_spawn_id"):
            self._script.set(variable, spawn_id)

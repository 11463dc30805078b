"""Procedures that bring a machine into the state from which it boots: power, image, serial line."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property

from genode_tool.deadline import Deadline
from genode_tool.run.api.base import command
from genode_tool.run.api.planning import Planning
from genode_tool.run.context.run_modules import Module, chosen
from genode_tool.run.machine.base import Machine, ProgramMedium
from genode_tool.run.machine.host import HostProcess
from genode_tool.run.machine.keys import chord_of, chords_for
from genode_tool.run.machine.qemu import QemuMachine
from genode_tool.run.machine.qemu_args import repeatable
from genode_tool.run.verdict import Outcome

_KEY_SECONDS = 0.15  # QEMU holds a key for 0.1 s
_START_SECONDS = 60.0
_DRAIN_SECONDS = 1.0  # for a machine to lose its power altogether


class Power(Planning):
    """Machines of this host, and real ones."""

    @cached_property
    def modules(self) -> dict[str, Module]:
        """The run modules for power, loading and the serial line, by kind."""
        kinds = ("power_on", "power_off", "load", "log")
        found = (
            chosen(kind, self.context.switches, self.context.build.repositories) for kind in kinds
        )
        return {one.kind: one for one in found if one}

    @command
    def run_power_on(self) -> bool:
        """Start the machine on which the scenario runs."""
        if self.session.planning:
            self.plan_start()
            return True
        module = self.modules.get("power_on")
        if module is None or not module.local:
            self.session.stop_machine()
            self._listen()  # before anything can be said
            if module and not module.site:
                self._switch(module)
            return True
        return self._start_here()

    @command
    def run_power_off(self) -> bool:
        """End the machine."""
        self.session.stop_machine()
        module = self.modules.get("power_off")
        if module and not module.site and not self.session.planning:
            self._switch(module)
        return True

    @command
    def run_power_cycle(self) -> bool:
        """End the machine and start it again."""
        invoke = self.session.frontend.invoke
        if "power_off" in self.modules and not self.session.planning:
            self.session.at_end = "run_power_off"
        self._load(before_power=True)
        invoke("run_power_off")
        if "power_off" in self.modules and not self.session.planning:
            time.sleep(_DRAIN_SECONDS)
        return self.is_true(invoke("run_power_on"))

    @command
    def run_load(self) -> bool:
        """Bring the image to the machine; nothing to do where it starts from the image."""
        self._load(before_power=False)
        return True

    @command
    def load_spawn_id(self) -> str:
        """Return the spawn id of a program that loads images, -1 when there is none."""
        return self.session.frontend.get("load_spawn_id") or "-1"

    @command
    def press_keys(self, *chords: str) -> None:
        """Press keys of QEMU's keyboard one after the other; `ctrl-alt-delete` at once."""
        self._press([chord_of(one) for one in chords])

    @command
    def type_text(self, text: str) -> None:
        """Type a text on QEMU's keyboard, which is a US one."""
        self._press(chords_for(text))

    def _press(self, chords: Sequence[Sequence[str]]) -> None:
        if self.session.planning:
            return
        machine = self.session.machine
        if not isinstance(machine, QemuMachine):
            raise self.stop(Outcome.SCRIPT_ERROR, "keys can be pressed in QEMU alone")
        for chord in chords:
            machine.press(chord)
            self.session.sleep(_KEY_SECONDS)

    def planned_command(self) -> tuple[str, ...]:
        """Return how the system would be started; empty for a real machine."""
        real = [one for one in self.modules.values() if one.kind in ("power_on", "log")]
        return () if any(not one.local for one in real) else super().planned_command()

    def listen_if_silent(self) -> None:
        """Open the serial line of a real machine that somebody else has switched on."""
        if self.session.machine is None:
            self._listen()

    def _listen(self) -> None:
        module = self.modules.get("log")
        if module is None or module.local or module.site:
            return
        if self.context.options.gdb:
            raise self.stop(
                Outcome.ERROR, f"--gdb debugs systems in QEMU and on Linux, not by {module.include}"
            )
        from genode_tool.run.machine.lines import line_of

        line = line_of(module, self.context.build.path)
        self._attach(line, ())
        if self.session.record:
            self.session.record.note_command(line.command, line.command, self.context.build.path)

    def _load(self, *, before_power: bool) -> None:
        """Load the image, if it is the time: what a machine fetches has to be there before."""
        module = self.modules.get("load")
        if module is None or module.site or self.session.planning:
            return
        from genode_tool.run.machine.image_loader import FETCHED, Cargo, load

        if (module.name in FETCHED) is not before_power:
            return
        session, context = self.session, self.context
        pc = "x86" in context.build.specs
        cargo = Cargo(session.image, session.entry, context.run_dir, context.build.genode_dir, pc)
        load(module, cargo, context.build.path, session.print)

    def _switch(self, module: Module) -> None:
        from genode_tool.run.machine.power import switch

        switch(module, self.context.build.path, self.session.print)

    def _attach(self, machine: Machine, variables: tuple[str, ...]) -> None:
        self.session.booted = False
        spawn_id = self.session.attach_machine(machine, Deadline.after(_START_SECONDS))
        for variable in (*variables, "output_spawn_id"):
            self.session.frontend.set(variable, spawn_id)

    def _start_here(self) -> bool:
        """Start the system on this host: as a process, or in QEMU."""
        medium = self.session.medium
        if medium is None:
            raise self.stop(
                Outcome.NO_IMAGE,
                "there is no image to start",
                hint="the script has to call build_boot_image before run_genode_until",
            )
        self.session.stop_machine()
        debugged = self.context.options.gdb
        if isinstance(medium, ProgramMedium):
            interactive = self.context.options.interactive
            machine: HostProcess | QemuMachine = HostProcess(
                medium, echo=interactive, debugged=debugged
            )
            variables, by_hand, cwd = ("linux_spawn_id",), medium.argv, medium.directory
        else:
            if not self.session.frontend.invoke("is_qemu_available") == "1":
                raise self.stop(
                    Outcome.UNSUPPORTED,
                    f"board {self.board()} cannot be run in QEMU",
                    hint=f"no repository has board/{self.board()}/qemu_args",
                )
            self.provide_images(self.qemu_args())
            machine = QemuMachine(self.qemu_request(medium), debugged=debugged)
            variables, by_hand, cwd = ("qemu_spawn_id",), (), self.context.build.path
        try:
            self._attach(machine, variables)
        finally:
            if self.session.record and machine.command:
                typed = by_hand or repeatable(machine.command)
                self.session.record.note_command(machine.command, typed, cwd)
        if debugged:
            from genode_tool.run.boot.symbols import symbols_of  # one of many runs wants it

            build, run_dir = self.context.build, self.context.run_dir
            symbols = symbols_of(self.style, build, run_dir, self._warn)
            self.session.debug(symbols, machine.debug_target)
        return True

    @staticmethod
    def is_true(value: str) -> bool:
        """Whether a Tcl value is true."""
        return value.strip().lower() in ("1", "true", "yes", "on")

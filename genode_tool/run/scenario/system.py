"""The system of one scenario while it runs: its machine, its log, its debugger, its user."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind
from genode_tool.run.console.wait import Case
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import DebuggerWanted, MachineStarted
from genode_tool.run.machine.base import HasScreen, Machine
from genode_tool.run.machine.debugger import (
    COMMANDS,
    Debugger,
    Symbols,
    commands_for,
    find_debugger,
)
from genode_tool.run.machine.qemu import QemuMachine
from genode_tool.run.record.run_record import SCREEN, RunRecord
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.terminal_bridge import LEAVE
from genode_tool.run.verdict import Outcome, ScenarioStop


class RunningSystem:
    """The system under test.

    `machine` is what it runs on, None before its start and after its end. `booted` says that the
    proof of a boot was seen, `endless` that the script waits for nothing in particular. `log_text`
    takes in what a program prints that is spawned now, if that is the system's log. `at_end` is the
    procedure of the script that switches the machine off when all is over, "" for none.
    """

    def __init__(
        self,
        context: ScenarioContext,
        progress: Progress,
        consoles: Consoles,
        record: RunRecord | None,
    ) -> None:
        self.machine: Machine | None = None
        self.booted = False
        self.endless = False
        self.log_text: Callable[[str], None] | None = None
        self.at_end = ""
        self._context = context
        self._progress = progress
        self._consoles = consoles
        self._record = record
        self._debugger: Debugger | None = None
        self._left = False
        self._bridge = contextlib.ExitStack()

    def attach(self, machine: Machine, deadline: Deadline) -> str:
        """Start a machine, listen to it and return its spawn id.

        Raises `EnvironmentProblem` when it does not start by the deadline.
        """
        self.machine = machine
        self.booted = False
        self._progress.transcript.begin()
        if isinstance(machine, QemuMachine):
            self._progress.transcript.settle = machine.settle
        stream = machine.start(deadline)
        self._progress.emit(
            MachineStarted(self._context.name, machine.command, self._progress.seconds)
        )
        console = Console("machine", stream, self._progress.transcript.serial)
        name = self._consoles.add(console)
        self._consoles.watchers += machine.watchers
        if self._context.options.interactive:
            multiplexed = isinstance(machine, QemuMachine)
            self._bridge.enter_context(
                self._consoles.bridged((console,), self._user_left, (), multiplexed)
            )
        return name

    def note_command(self, command: Sequence[str], by_hand: Sequence[str], cwd: Path) -> None:
        """Record the command line of the machine; `by_hand` repeats it in `cwd`."""
        if self._record:
            self._record.note_command(command, by_hand, cwd)

    def debug(self, symbols: Symbols, target: Sequence[str]) -> None:
        """Offer the machine to a debugger; on the user's terminal, start it.

        Raises `EnvironmentProblem` when there is none.
        """
        assert self._record is not None
        commands = self._record.directory / COMMANDS
        build, user = self._context.build, self._context.user
        self._record.write(COMMANDS, commands_for(build, symbols, target))
        argv = (find_debugger(build), "-q", "-x", str(commands))
        log = self._record.directory / "serial.log"
        self._progress.emit(DebuggerWanted(self._context.name, argv, user is not None, log))
        if user:
            self._debugger = Debugger(argv, user, build.path)
            self._consoles.watchers.append(self._debugger)

    @contextlib.contextmanager
    def log_spawned(self, active: bool) -> Iterator[None]:
        """Within the context, the output of programs that a script spawns is the system's log."""
        if active:
            self.booted = True  # a module of a site waits for the boot itself
            self.log_text = self._progress.transcript.serial
        try:
            yield
        finally:
            self.log_text = None

    @property
    def goes_on(self) -> bool:
        """Return whether the system runs on for the user once the script has ended."""
        listening = any(not one.ended for one in self._consoles.logging)
        wanted = self._context.options.interactive or (self._debugger and self._debugger.running)
        return bool(wanted) and listening and not self._left

    def go_on(self) -> None:
        """Let the system run until it ends or the user leaves."""
        consoles = self._consoles.logging
        while not self._left and not any(console.ended for console in consoles):
            with contextlib.suppress(ScenarioStop):  # the verdict stands, whatever happens now
                self._consoles.wait([Case(Pattern(PatternKind.EOF), consoles)], Deadline(None))
            if self._debugger and not self._debugger.running:
                return

    def stop(self) -> None:
        """Stop the machine, if any; the rest of its output goes into the log."""
        machine, self.machine = self.machine, None
        self._consoles.watchers.clear()
        if self._debugger:
            self._debugger.stop()
            self._debugger = None
        self._bridge.close()
        # The picture and the rest of the log first: a machine that is stopped has neither.
        if self._record and self._context.options.screenshot and isinstance(machine, HasScreen):
            problem = machine.screenshot(self._record.directory / SCREEN)
            if problem:
                self._progress.note(f"no picture of the screen: {problem}")
        self._consoles.close_logs()
        if machine:
            machine.stop()
        self._progress.transcript.flush()

    def _user_left(self) -> Exception:
        self._left = True
        if self.endless:
            return ScenarioStop(Outcome.PASSED, f"left with {LEAVE}")
        return ScenarioStop(Outcome.INTERRUPTED, f"left with {LEAVE} before the script's end")

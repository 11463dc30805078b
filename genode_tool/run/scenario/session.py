"""The state of one scenario while its run script executes."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from genode_tool.deadline import Deadline
from genode_tool.events import Event, Note
from genode_tool.run.console.buffer import DEFAULT_WINDOW
from genode_tool.run.console.channel import PtyProcess
from genode_tool.run.console.patterns import Pattern, PatternKind, RegexEngine
from genode_tool.run.console.wait import Case, Console, Match, Watcher, wait_for
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import (
    DebuggerWanted,
    MachineStarted,
    Phase,
    PhaseEnded,
    PhaseStarted,
)
from genode_tool.run.image.entry import BootEntry
from genode_tool.run.machine.base import HasScreen, Machine, Medium
from genode_tool.run.machine.debugger import (
    COMMANDS,
    Debugger,
    Symbols,
    commands_for,
    find_debugger,
)
from genode_tool.run.machine.qemu import QemuMachine
from genode_tool.run.plan import Plan
from genode_tool.run.record.run_record import SCREEN, Record
from genode_tool.run.record.transcript import Transcript
from genode_tool.run.scenario.watchdog import Ceiling
from genode_tool.run.tcl.interpreter import ScriptPosition
from genode_tool.run.terminal_bridge import LEAVE, Action, TerminalBridge
from genode_tool.run.verdict import Evidence, Outcome, ScenarioStop

_FIRST_SPAWN_ID = 4
_DRAIN_SECONDS = 0.5


class Frontend(RegexEngine, Protocol):
    """What the API needs from the language that a scenario is written in."""

    def get(self, name: str) -> str | None:
        """Return a variable of the script, such as `qemu_args`; None when unset."""

    def set(self, name: str, value: str) -> None:
        """Set a variable of the script."""

    def invoke(self, name: str, *arguments: str) -> str:
        """Call an API procedure by name, so that a script's own definition is what runs."""

    def defines(self, name: str) -> bool:
        """Whether a procedure of that name exists."""

    def split(self, text: str) -> tuple[str, ...]:
        """Split a list as the language writes it."""

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        """Replace all matches of a Tcl regular expression."""

    def where(self) -> ScriptPosition:
        """Return where the script stands."""


@dataclass(slots=True)
class Session:
    """One run of one scenario.

    `expecting` is the pattern being waited for, `medium` what the image step produced, `entry`
    what a boot loader has to do with it, `image` the file that was made, `booted` whether the
    proof of a boot was seen. `plan` notes what was asked for. `doing` is the part of the run that
    has begun and not ended, `ceiling` the time that is left. `endless` says that the script waits
    without an end, `left` that the user left the system. `at_end` is the procedure to call when
    all is over, `log_text` takes in what a program prints that is spawned now, if that is the
    system's log.
    """

    context: ScenarioContext
    record: Record | None
    frontend: Frontend
    started: float = field(default_factory=time.monotonic)
    plan: Plan = field(default_factory=Plan)
    artifacts: list[str] = field(default_factory=list)
    medium: Medium | None = None
    entry: BootEntry | None = None
    image: Path | None = None
    machine: Machine | None = None
    expecting: str = ""
    booted: bool = False
    boot_failure: ScenarioStop | None = None
    window: int = DEFAULT_WINDOW
    missing_archives: list[str] = field(default_factory=list)
    doing: str = ""
    endless: bool = False
    at_end: str = ""
    log_text: Callable[[str], None] | None = None
    left: bool = False
    ceiling: Ceiling | None = None
    stuck_at: ScriptPosition = field(default_factory=lambda: ScriptPosition(None))
    consoles: dict[str, Console] = field(default_factory=dict)
    debugger: Debugger | None = None
    _bridge: TerminalBridge | None = None
    _machine_bridge: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _transcript: Transcript = field(init=False)
    _spawned: int = _FIRST_SPAWN_ID

    def __post_init__(self) -> None:
        name, sink = self.context.name, self.context.sink
        self._transcript = Transcript(name, sink, self.record, self.started)

    @property
    def trouble(self) -> str:
        """The last line of the machine's log that tells of a fault or panic."""
        return self._transcript.trouble

    @property
    def seconds(self) -> float:
        """Seconds since the scenario began."""
        return time.monotonic() - self.started

    @property
    def planning(self) -> bool:
        """Whether nothing shall be built, written or booted."""
        return self.context.options.plan

    def emit(self, event: Event) -> None:
        """Tell the outside."""
        self.context.sink(event)

    @contextlib.contextmanager
    def phase(self, phase: Phase, detail: str = "") -> Iterator[None]:
        """Report a part of the run with its duration; one that fails is not reported as ended."""
        begun = self.seconds
        self.doing = f"{phase.value} {detail}".strip()
        self.emit(PhaseStarted(self.context.name, phase, begun, detail))
        building = phase is Phase.BUILD and self.ceiling
        with self.ceiling.paused() if building and self.ceiling else contextlib.nullcontext():
            yield
        self.doing = ""
        now = self.seconds
        self.emit(PhaseEnded(self.context.name, phase, now, now - begun, detail))

    def print(self, text: str, *, error: bool = False, newline: bool = True) -> None:
        """Pass on what a script prints, line by line."""
        self._transcript.say(text, error=error, newline=newline)

    def flush(self) -> None:
        """Pass on lines that have no end yet."""
        self._transcript.flush()

    def add_console(self, console: Console) -> str:
        """Register a console; return its spawn id."""
        self._spawned += 1
        console.buffer.window_size = self.window
        name = f"exp{self._spawned}"
        self.consoles[name] = console
        return name

    def attach_machine(self, machine: Machine, deadline: Deadline) -> str:
        """Start a machine, listen to it and return its spawn id."""
        self.machine = machine
        self._transcript.begin()
        channel = machine.start(deadline)
        self.emit(MachineStarted(self.context.name, machine.command, self.seconds))
        console = Console("machine", channel, self._transcript.serial)
        name = self.add_console(console)
        if self.context.options.interactive:
            multiplexed = isinstance(machine, QemuMachine)
            self._machine_bridge.enter_context(
                self.bridged((console,), self._user_left, (), multiplexed)
            )
        return name

    @contextlib.contextmanager
    def bridged(
        self,
        consoles: Sequence[Console],
        left: Action,
        keys: Sequence[tuple[bytes, Action]] = (),
        multiplexed: bool = False,
    ) -> Iterator[None]:
        """Within the context, a `TerminalBridge` passes what the user types to `consoles`."""
        if self.context.user is None:
            yield
            return
        former = self._bridge
        self._bridge = TerminalBridge(
            self.context.user, consoles, left, keys, multiplexed=multiplexed
        )
        try:
            with self._bridge.connected():
                yield
        finally:
            self._bridge = former

    def debug(self, symbols: Symbols, target: Sequence[str]) -> None:
        """Offer the machine to a debugger; on the user's terminal, start it.

        Raises `EnvironmentProblem` when there is none.
        """
        assert self.record is not None
        commands = self.record.directory / COMMANDS
        build, user = self.context.build, self.context.user
        self.record.write(COMMANDS, commands_for(build, symbols, target))
        argv = (find_debugger(build), "-q", "-x", str(commands))
        log = self.record.directory / "serial.log"
        self.emit(DebuggerWanted(self.context.name, argv, user is not None, log))
        if user:
            self.debugger = Debugger(argv, user, build.path)

    @contextlib.contextmanager
    def hearing(self, active: bool) -> Iterator[None]:
        """Within the context, programs that a script spawns print the system's log."""
        if active:
            self.booted = True  # a module of a site waits for the boot itself
            self.log_text = self._transcript.serial
        try:
            yield
        finally:
            self.log_text = None

    @property
    def goes_on(self) -> bool:
        """Whether the system runs on for the user once the script has ended."""
        listening = any(one.on_text and not one.ended for one in self.consoles.values())
        wanted = self.context.options.interactive or (self.debugger and self.debugger.running)
        return bool(wanted) and listening and not self.left

    def go_on(self) -> None:
        """Let the system run until it ends or the user leaves."""
        consoles = tuple(one for one in self.consoles.values() if one.on_text is not None)
        while not self.left and not any(console.ended for console in consoles):
            with contextlib.suppress(ScenarioStop):  # the verdict stands, whatever happens now
                self.wait([Case(Pattern(PatternKind.EOF), consoles)], Deadline(None))
            if self.debugger and not self.debugger.running:
                return

    def _user_left(self) -> Exception:
        self.left = True
        if self.endless:
            return ScenarioStop(Outcome.PASSED, f"left with {LEAVE}")
        return ScenarioStop(Outcome.INTERRUPTED, f"left with {LEAVE} before the script's end")

    def stop_machine(self) -> None:
        """End the machine, if any; what it still had to say goes into the log."""
        machine, self.machine = self.machine, None
        if self.debugger:
            self.debugger.stop()
            self.debugger = None
        self._machine_bridge.close()
        if self.record and self.context.options.screenshot and isinstance(machine, HasScreen):
            problem = machine.screenshot(self.record.directory / SCREEN)
            if problem:
                self.emit(Note(f"{self.context.name}: no picture of the screen: {problem}"))
        for name, console in list(self.consoles.items()):
            if console.on_text is not None:
                self._drain(console)
                _end(console)
                del self.consoles[name]
        if machine:
            machine.stop()
        self.flush()

    def stop_all(self) -> None:
        """End the machine and every spawned program; switch a real machine off."""
        self.stop_machine()
        for console in self.consoles.values():
            _end(console)
        self.consoles.clear()
        procedure, self.at_end = self.at_end, ""
        if procedure:
            try:
                with contextlib.chdir(self.context.build.path):  # where scripts are
                    self.frontend.invoke(procedure)
            except Exception as error:  # the verdict stands; Tcl's errors have a class of their own
                self.emit(Note(f"{self.context.name}: {procedure}: {error}", "warning"))

    def wait(self, cases: Sequence[Case], deadline: Deadline) -> Match:
        """Wait for the first case that holds, watching the machine meanwhile."""
        watchers: tuple[Watcher, ...] = self.machine.watchers if self.machine else ()
        if self._bridge:
            watchers = (*watchers, self._bridge)
        if self.debugger:
            watchers = (*watchers, self.debugger)
        if self.context.options.gdb:
            deadline = Deadline(None)  # the system does not run while the user thinks
        if self.ceiling:
            self.ceiling.grant(deadline.remaining)
        return wait_for(cases, deadline, self.frontend, watchers)

    def sleep(self, seconds: float) -> None:
        """Let time pass, while what consoles print is taken in."""
        deadline = Deadline.after(seconds)
        while (left := deadline.remaining) and left > 0:
            live = [console for console in self.consoles.values() if not console.ended]
            if not live:
                time.sleep(left)
                return
            typing = [self._bridge] if self._bridge and self._bridge.fileno() >= 0 else []
            sources: list[Console | TerminalBridge] = [*live, *typing]
            for ready in select.select(sources, [], [], left)[0]:
                if isinstance(ready, Console):
                    ready.pump()
                elif incident := ready.react():
                    raise incident

    def evidence(self) -> Evidence:
        """What can be shown about how things stand now."""
        return Evidence(expected=self.expecting, last_lines=tuple(self._transcript.tail))

    def note_stuck(self) -> None:
        """Note where the script stands, before what hangs in there is cut off."""
        with contextlib.suppress(Exception):  # the interpreter may be in any state
            here = self.frontend.where()
            self.stuck_at = here if here.location else self.stuck_at

    def _drain(self, console: Console) -> None:
        deadline = Deadline.after(_DRAIN_SECONDS)  # a system may print faster than we read
        with contextlib.suppress(OSError, ValueError):
            while not console.ended and not deadline.expired:
                if not select.select([console], [], [], 0)[0]:
                    return
                console.pump()


def _end(console: Console) -> None:
    if isinstance(console.channel, PtyProcess):
        console.channel.stop()
    else:
        console.channel.close()

"""A system in QEMU, started stopped with control and console on sockets, then continued.

Both sockets are pairs made here and inherited by QEMU: nobody else can reach them, no file
has to be cleaned up, and the other end closes when QEMU dies, however that happens. QEMU itself
dies with us (see `genode_tool.process`).
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.process import find_program, kill_group, spawn
from genode_tool.programs import how_to_get
from genode_tool.run.console.wait import Watcher
from genode_tool.run.machine.exit_status import describe_status
from genode_tool.run.machine.qemu_args import QemuRequest, compose
from genode_tool.run.machine.qemu_messages import QemuMessages
from genode_tool.run.machine.qmp import QmpClient, QmpClosed, QmpEvent
from genode_tool.run.verdict import Outcome, ScenarioStop

if TYPE_CHECKING:
    from pexpect.fdpexpect import fdspawn

_START_SECONDS = 30.0
_QUERY_SECONDS = 2.0
_END_SECONDS = 2.0
_SHOWN_MESSAGES = 5
_MOST_RESETS = 10
"""Resets before a kernel's first words, after which no more are waited for. Firmware needs some:
that of UEFI resets once it has changed its variables."""


class QemuMachine:
    """One run of QEMU."""

    def __init__(
        self,
        request: QemuRequest,
        *,
        debugged: bool = False,
        on_messages: Callable[..., None] | None = None,
    ) -> None:
        """Describe the machine; one that is `debugged` waits for the debugger to continue it.

        `on_messages` takes the lines that QEMU itself prints, in a thread.
        """
        self._request = request
        self._debugged = debugged
        self._debug_port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: QmpClient | None = None
        self._messages: QemuMessages | None = None
        self._last_messages: deque[str] = deque(maxlen=_SHOWN_MESSAGES)
        self._on_messages = on_messages
        self._command: tuple[str, ...] = ()
        self._shutdown_reason = ""
        self._booted = False
        self._resets = 0
        self._early_resets = 0

    @property
    def command(self) -> tuple[str, ...]:
        """The exact command line; empty before `start`."""
        return self._command

    @property
    def pid(self) -> int:
        """The process id of the system; 0 before `start`."""
        return self._process.pid if self._process else 0

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        """QEMU's control channel, which reports resets and shutdowns."""
        return (self,)

    def note_booted(self) -> None:
        """From now on, a reset by the guest is unexpected."""
        self._booted = True

    @property
    def debug_target(self) -> tuple[str, ...]:
        """The debugger's commands that attach it to the machine."""
        return (f"target remote 127.0.0.1:{self._debug_port}",)

    def start(self, deadline: Deadline) -> fdspawn[str]:
        """Start QEMU, and return the stream of its serial line."""
        from genode_tool.run.console.streams import socket_stream

        if find_program(self._request.program) is None:
            raise EnvironmentProblem(
                f"{self._request.program} is not installed",
                hint=how_to_get(self._request.program),
            )
        ours, theirs = socket.socketpair()
        our_control, their_control = socket.socketpair()
        self._messages = QemuMessages(self._take_messages)
        listener = self._listen_for_debugger() if self._debugged else None
        self._command = compose(
            self._request,
            serial_fd=theirs.fileno(),
            control_fd=their_control.fileno(),
            debug_fd=listener.fileno() if listener else None,
        )
        # Closed here once QEMU has inherited them: with a copy of ours open, the end of QEMU would
        # not end the serial line.
        handed = (theirs, their_control, listener)
        try:
            self._process = spawn(
                self._command,
                stdout=self._messages.fd,
                stderr=self._messages.fd,
                pass_fds=tuple(one.fileno() for one in handed if one),
                gated=True,
            )
        except BaseException:
            ours.close()
            our_control.close()
            raise
        finally:
            for one in handed:
                if one:
                    one.close()
        self._messages.start()
        self._control = QmpClient(our_control)
        up_by = deadline.earlier(_START_SECONDS)
        try:
            self._control.negotiate(up_by)
            if not self._debugged:
                self._control.execute("cont", up_by)
        except QmpClosed:
            ours.close()
            raise EnvironmentProblem(
                f"QEMU did not start: {self._said(to_the_end=True) or self._status_in_words()}",
                hint="the command line is in the run's record",
            ) from None
        except BaseException:
            ours.close()
            self.stop()
            raise
        return socket_stream(ours)

    def _listen_for_debugger(self) -> socket.socket:
        """Return a socket that only this host can connect to."""
        # QEMU inherits the open socket: a port that is only chosen here could be taken meanwhile.
        listener = socket.create_server(("127.0.0.1", 0))
        self._debug_port = listener.getsockname()[1]
        return listener

    def fileno(self) -> int:
        """The descriptor to wait on; negative when there is nothing left to watch."""
        return self._control.fileno() if self._control else -1

    def react(self) -> Exception | None:
        """Read QEMU's notifications; an unexpected reset of the guest ends the run."""
        if self._control is None:
            return None
        for event in self._control.take_events():
            self._note(event)
        if self._booted and self._resets:
            return ScenarioStop(Outcome.REBOOT, "the machine rebooted unexpectedly")
        if self._early_resets >= _MOST_RESETS:
            return ScenarioStop(
                Outcome.REBOOT,
                f"the machine resets over and over: {self._early_resets} times before the kernel"
                " printed its first words",
                hint="`-d cpu_reset` among QEMU's arguments shows why, in qemu.log of the record",
            )
        return None

    def settle(self) -> None:
        """Wait until all messages that QEMU has printed so far were handed on."""
        if self._messages:
            self._messages.catch_up()

    def state(self) -> str:
        """Return in a few words what the guest is doing; "" when QEMU does not know."""
        doing = self._doing()
        if not self._early_resets or self._booted:
            return doing
        times = "once" if self._early_resets == 1 else f"{self._early_resets} times"
        return f"the machine was reset {times}" + (f"; {doing}" if doing else "")

    def _doing(self) -> str:
        if self._control is None or self._control.closed:
            return ""
        deadline = Deadline.after(_QUERY_SECONDS)
        try:
            status = self._control.execute("query-status", deadline)["status"]
            if status != "running":
                return f"the guest is {status}"
            registers = self._control.execute(
                "human-monitor-command", deadline, **{"command-line": "info registers -a"}
            )
        except (EnvironmentProblem, KeyError, TypeError):
            return ""
        # QEMU shows this for x86 alone; of other processors we cannot say what they do.
        halted = str(registers).count("HLT=1")
        running = str(registers).count("HLT=0")
        if halted and not running:
            return "the guest is idle (all processors halted)"
        return "the guest is busy" if running else ""

    def screenshot(self, target: Path) -> str:
        """Write the screen as PNG to `target`; return why that was not possible, or ""."""
        if self._control is None or self._control.closed:
            return "QEMU has ended"
        try:
            self._control.execute(
                "screendump", Deadline.after(_QUERY_SECONDS), filename=str(target), format="png"
            )
        except EnvironmentProblem as error:
            return error.message
        return ""

    def press(self, chord: Sequence[str]) -> None:
        """Press keys together for a moment. Raises `EnvironmentProblem` with QEMU's words."""
        if self._control is None:
            raise EnvironmentProblem("QEMU has ended")
        keys = [{"type": "qcode", "data": key} for key in chord]
        self._control.execute("send-key", Deadline.after(_QUERY_SECONDS), keys=keys)

    def why_ended(self) -> str:
        """Return in one sentence why the console's text ended."""
        if self._process is None:
            return "QEMU was never started"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        if self._control:
            for event in self._control.take_events():
                self._note(event)
        if self._shutdown_reason == "guest-shutdown":
            return "the guest switched the machine off"
        if self._shutdown_reason == "guest-panic":
            return "the guest panicked"
        if self._shutdown_reason == "guest-reset":
            return "the guest reset the machine, which ends QEMU with `-no-reboot`"
        said = self._said(to_the_end=True)
        return self._status_in_words() + (f": {said}" if said else "")

    def stop(self) -> None:
        """Stop QEMU, and close its channels."""
        if self._process and self._process.poll() is None:
            kill_group(self._process, signal.SIGKILL)
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
        if self._control:
            self._control.close()
        if self._messages:
            self._messages.close()
            self._messages = None

    def _note(self, event: QmpEvent) -> None:
        if event.name == "RESET" and event.data.get("guest"):
            self._resets += 1
            self._early_resets += not self._booted
        elif event.name == "SHUTDOWN":
            self._shutdown_reason = str(event.data.get("reason", ""))
        elif event.name == "GUEST_PANICKED":
            self._shutdown_reason = "guest-panic"

    def _status_in_words(self) -> str:
        status = self._process.poll() if self._process else None
        return "QEMU is still running" if status is None else f"QEMU {describe_status(status)}"

    def _take_messages(self, *lines: str) -> None:
        self._last_messages.extend(line for line in lines if line.strip())
        if self._on_messages:
            self._on_messages(*lines)

    def _said(self, *, to_the_end: bool = False) -> str:
        """Return QEMU's own last messages in one line."""
        if self._messages:
            self._messages.catch_up(to_the_end=to_the_end)
        prefix = self._request.program + ": "
        return "; ".join(one.strip().removeprefix(prefix) for one in list(self._last_messages))

"""A system in QEMU, started stopped with control and console on sockets, then continued.

Both sockets are pairs made here and inherited by QEMU: nobody else can reach them, no file
has to be cleaned up, and the other end closes when QEMU dies, however that happens. QEMU itself
dies with us (see `genode_tool.process`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.process import find_program, kill_group, spawn
from genode_tool.programs import how_to_get
from genode_tool.run.console.wait import Watcher
from genode_tool.run.machine.exit_status import describe_status
from genode_tool.run.machine.qemu_args import QemuRequest, compose
from genode_tool.run.machine.qmp import QmpClient, QmpClosed, QmpEvent
from genode_tool.run.verdict import Outcome, ScenarioStop

if TYPE_CHECKING:
    from pexpect.fdpexpect import fdspawn

_START_SECONDS = 30.0
_QUERY_SECONDS = 2.0
_END_SECONDS = 2.0
_STDERR_LINES = 5


class QemuMachine:
    """One run of QEMU."""

    def __init__(self, request: QemuRequest, *, debugged: bool = False) -> None:
        """Describe the machine; one that is `debugged` waits for the debugger to continue it."""
        self._request = request
        self._debugged = debugged
        self._debug_port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: QmpClient | None = None
        self._messages: IO[bytes] | None = None
        self._command: tuple[str, ...] = ()
        self._shutdown_reason = ""
        self._booted = False
        self._reset = False

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
        # A file, not a pipe: nobody reads it while QEMU runs, and a full pipe would stop QEMU.
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as QEMU
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
                stdout=self._messages,
                stderr=self._messages,
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
        self._control = QmpClient(our_control)
        up_by = deadline.earlier(_START_SECONDS)
        try:
            self._control.negotiate(up_by)
            if not self._debugged:
                self._control.execute("cont", up_by)
        except QmpClosed:
            ours.close()
            raise EnvironmentProblem(
                f"QEMU did not start: {self._said() or self._status_in_words()}",
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
        if self._reset and self._booted:
            return ScenarioStop(Outcome.REBOOT, "the machine rebooted unexpectedly")
        return None

    def state(self) -> str:
        """Return in a few words what the guest is doing; "" when QEMU does not know."""
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
        said = self._said()
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
            self._reset = True
        elif event.name == "SHUTDOWN":
            self._shutdown_reason = str(event.data.get("reason", ""))
        elif event.name == "GUEST_PANICKED":
            self._shutdown_reason = "guest-panic"

    def _status_in_words(self) -> str:
        status = self._process.poll() if self._process else None
        return "QEMU is still running" if status is None else f"QEMU {describe_status(status)}"

    def _said(self) -> str:
        """Return QEMU's own last error messages in one line."""
        if self._messages is None:
            return ""
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
        end = self._messages.seek(0, os.SEEK_END)
        self._messages.seek(max(0, end - 4096))
        lines = self._messages.read().decode(errors="replace").splitlines()
        prefix = self._request.program + ": "
        said = [line.strip().removeprefix(prefix) for line in lines if line.strip()]
        return "; ".join(said[-_STDERR_LINES:])

"""Serial lines of real machines: what a command prints, or a TCP connection.

A line is a `Machine` that is not started but listened to; who switches the machine on is another
matter (`power`).
"""

from __future__ import annotations

import contextlib
import select
import shlex
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.process import find_program
from genode_tool.programs import how_to_get
from genode_tool.run.console.wait import Watcher
from genode_tool.run.context.run_modules import RunModule
from genode_tool.run.machine.exit_status import describe_status

if TYPE_CHECKING:
    from pexpect.fdpexpect import fdspawn

    from genode_tool.run.console.streams import Program

BOOT_SECONDS = 210.0
"""Seconds that a real machine gets at least for its firmware, loading, and the boot."""

_DEFAULT_COMMAND = "picocom --quiet -b 115200 /dev/ttyUSB0"
_RECONNECT_SECONDS = 30.0
_PAUSE_SECONDS = 0.2
_CONNECT_SECONDS = 5.0
_END_SECONDS = 2.0
_CHUNK = 65536


class CommandLine:
    """A line that a command of the host reads and writes, such as picocom(1)."""

    def __init__(self, command: str, cwd: Path, secrets: Mapping[str, str] | None = None) -> None:
        """`command` is for the shell; `secrets` are added to its environment alone."""
        self._shell = command
        self._cwd = cwd
        self._secrets = secrets
        self._child: Program | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """The exact command line; empty before `start`."""
        return ("/bin/sh", "-c", self._shell)

    @property
    def pid(self) -> int:
        """Always 0: the system does not run on the host."""
        return 0

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        """Nothing: the end of the output is enough."""
        return ()

    def start(self, deadline: Deadline) -> Program:
        """Start the command, and return the stream of its output."""
        from genode_tool.run.console.streams import Program

        del deadline
        program = _program_of(self._shell)
        if program and find_program(program) is None:
            raise EnvironmentProblem(
                f"the serial line needs `{self._shell}`: {program} is not installed",
                hint=f"{how_to_get(program)}; or name another command with --log-serial-cmd",
            )
        import os

        env = None if self._secrets is None else {**os.environ, **self._secrets}
        self._child = Program(self.command, cwd=self._cwd, env=env, echo=False, controlling=False)
        return self._child

    def why_ended(self) -> str:
        """Return in one sentence why the console's text ended."""
        status = self._child.exit_status(_END_SECONDS) if self._child else None
        how = "closed its output" if status is None else describe_status(status)
        return f"the command of the serial line, `{self._shell}`, {how}"

    def stop(self) -> None:
        """Stop the command."""
        if self._child:
            self._child.close()


def _program_of(command: str) -> str:
    """Return the program that a plain command starts, "" when the shell has more to do."""
    with contextlib.suppress(ValueError):
        word = (shlex.split(command) or [""])[0]
        if word.replace("-", "").replace("_", "").replace(".", "").isalnum():
            return "" if word in ("exec", "cd", "set", "while", "for", "if", "until") else word
    return ""


class TcpLine:
    """A line at a TCP port, as ser2net and terminal servers offer it.

    A lost connection is re-established; the line ends when that takes too long.
    """

    def __init__(self, host: str, port: int, timeout: float) -> None:
        """`timeout` is in seconds without a connection."""
        self._host = host
        self._port = port
        self._timeout = timeout
        self._ended = ""
        self._over = threading.Event()
        self._relay: threading.Thread | None = None
        self._stream: fdspawn[str] | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """A `socat` command to type by hand; the tool itself connects directly."""
        return ("socat", "-,raw,echo=0,escape=29", f"tcp:{self._host}:{self._port}")

    @property
    def pid(self) -> int:
        """Always 0: the system does not run on the host."""
        return 0

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        """Nothing: the end of the stream is enough."""
        return ()

    def start(self, deadline: Deadline) -> fdspawn[str]:
        """Connect, and return a stream that outlives the connection."""
        from genode_tool.run.console.streams import socket_stream

        connection = self._connect(deadline.earlier(self._timeout))
        if connection is None:
            raise EnvironmentProblem(
                f"the serial line at {self._host}:{self._port} cannot be reached: {self._ended}",
                hint="check the board's terminal server; --log-tcp-host HOST:PORT names it",
            )
        # The console reads one stream to its end; the relay behind it may change connections.
        ours, theirs = socket.socketpair()
        self._relay = threading.Thread(target=self._pass, args=(connection, theirs), daemon=True)
        self._relay.start()
        self._stream = socket_stream(ours)
        return self._stream

    def why_ended(self) -> str:
        """Return in one sentence why the console's text ended."""
        where = f"the serial line at {self._host}:{self._port}"
        return f"{where} was lost for {self._timeout:g} s: {self._ended}"

    def stop(self) -> None:
        """Close the connection."""
        self._over.set()
        if self._stream:
            self._stream.close()
        if self._relay:
            self._relay.join(_END_SECONDS + _CONNECT_SECONDS)

    def _connect(self, deadline: Deadline) -> socket.socket | None:
        """Return a connection, None when there is none in time; `_ended` is the reason."""
        while True:
            timeout = min(_CONNECT_SECONDS, max(0.1, deadline.remaining or _CONNECT_SECONDS))
            try:
                connection = socket.create_connection((self._host, self._port), timeout)
            except OSError as error:
                self._ended = error.strerror or str(error)
            else:
                connection.settimeout(None)
                return connection
            if deadline.expired or self._over.wait(_PAUSE_SECONDS):
                return None

    def _pass(self, connection: socket.socket | None, inside: socket.socket) -> None:
        """Pass on bytes in both directions until we are stopped or the connection stays lost."""
        lost: float | None = None
        with inside, contextlib.suppress(OSError):
            while connection and not self._over.is_set():
                ready, _, _ = select.select([connection, inside], [], [])
                if inside in ready:
                    typed = inside.recv(_CHUNK)
                    if not typed:
                        break
                    with contextlib.suppress(OSError):  # seen below as the connection's end
                        connection.sendall(typed)
                if connection not in ready:
                    continue
                try:
                    data = connection.recv(_CHUNK)
                except OSError as error:
                    data, self._ended = b"", error.strerror or str(error)
                else:
                    self._ended = "the other end closed it"
                if data:
                    lost = None
                    inside.sendall(data)
                    continue
                connection.close()
                # From the first loss on: a server that accepts and closes at once is no connection.
                lost = time.monotonic() if lost is None else lost
                self._over.wait(_PAUSE_SECONDS)
                left = lost + self._timeout - time.monotonic()
                connection = self._connect(Deadline.after(left)) if left > 0 else None
        if connection:
            connection.close()


def _amt_command(module: RunModule) -> str:
    """Return the command that shows the serial line of Intel AMT; `AMT_PASSWORD` has the secret."""
    switches, host = module.switches, shlex.quote(module.wanted("host"))
    if switches.values("--amt-tool")[:1] == ("meshcmd",) and find_program("meshcmd"):
        tls = "--tls " if switches.enabled("--meshcmd-tls") else ""
        return f'meshcmd amtterm {tls}--host {host} --password "$AMT_PASSWORD"'
    certificate = ""
    if switches.enabled("--amtterm-tls"):
        certificate = f"-C {shlex.quote(module.wanted('host') + '.cert')} "
    return f"amtterm {certificate}-u admin -v {host}"


def line_of(module: RunModule, cwd: Path) -> CommandLine | TcpLine:
    """Return the serial line that a module `log/NAME` describes. Raises `UserError`."""
    if module.name == "tcp":
        host, separator, port = module.wanted("host").rpartition(":")
        if not separator or not port.isdecimal() or not host:
            raise UserError(f"--log-tcp-host is `{module.wanted('host')}`: wanted HOST:PORT")
        timeout = module.seconds("timeout", _RECONNECT_SECONDS)
        return TcpLine(host.strip("[]"), int(port), timeout)
    secrets = None
    if module.name == "amt":
        command = _amt_command(module)
        secrets = {"AMT_PASSWORD": module.wanted("password")}
    else:
        command = module.value("cmd", _DEFAULT_COMMAND)
    text_filter = module.value("filter")
    return CommandLine(
        f"{{ {command}; }} | {text_filter}" if text_filter else command, cwd, secrets
    )

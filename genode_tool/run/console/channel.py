"""Where console text comes from and goes to."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from genode_tool.errors import EnvironmentProblem
from genode_tool.process import find_program, kill_group, spawn

_CHUNK = 65536
_REAP_SECONDS = 5.0

# The leader of a session without a terminal gets the first that it opens (tty_ioctl(4)).
_TAKE_TERMINAL = 'exec "$@" <>"$0" >&0 2>&0'


class Channel(Protocol):
    """A two-way stream of bytes with a file descriptor to wait on."""

    def fileno(self) -> int:
        """The descriptor that becomes readable when bytes or the end have come."""

    def receive(self) -> bytes:
        """Return what is there without waiting; b"" is the end of the stream."""

    def send(self, data: bytes) -> None:
        """Write all of `data`; raises `BrokenPipeError` when nobody reads any more."""

    def close(self) -> None:
        """Close our end; more than once is fine."""


class SocketChannel:
    """A stream over a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def fileno(self) -> int:
        """See `Channel`."""
        return self._socket.fileno()

    def receive(self) -> bytes:
        """See `Channel`."""
        try:
            return self._socket.recv(_CHUNK)
        except ConnectionError:
            return b""

    def send(self, data: bytes) -> None:
        """See `Channel`."""
        try:
            self._socket.sendall(data)
        except ConnectionError as error:
            raise BrokenPipeError(error.errno, os.strerror(error.errno or 0)) from error

    def close(self) -> None:
        """See `Channel`."""
        self._socket.close()


class PtyProcess:
    """A program on a terminal of its own, as `expect` starts programs.

    The terminal puts a carriage return before each newline and echoes what is sent, unless
    the program sets it otherwise. With `controlling`, the terminal's keys (Ctrl-C) reach the
    program as signals, and so does the end of the connection.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        echo: bool = True,
        controlling: bool = False,
    ) -> None:
        """Start `argv`; raises `EnvironmentProblem` when that fails."""
        if controlling and find_program(argv[0]) is None:
            raise EnvironmentProblem(f'couldn\'t execute "{argv[0]}": no such file or directory')
        try:
            self._master, slave = os.openpty()
        except OSError as error:
            raise EnvironmentProblem(f"no pseudo terminal: {error.strerror}") from error
        try:
            if not echo:
                attributes = termios.tcgetattr(slave)
                attributes[3] &= ~termios.ECHO
                termios.tcsetattr(slave, termios.TCSANOW, attributes)
            self.process: subprocess.Popen[bytes] = (
                _spawn_in_control(argv, slave, cwd, env)
                if controlling
                else spawn(argv, cwd=cwd, env=env, stdin=slave, stdout=slave, stderr=slave)
            )
        except BaseException:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self._open = True

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self.process.pid

    def fileno(self) -> int:
        """See `Channel`."""
        return self._master

    def receive(self) -> bytes:
        """See `Channel`."""
        try:
            return os.read(self._master, _CHUNK)
        except OSError:
            # Linux answers EIO once the last program on the terminal is gone.
            return b""

    def send(self, data: bytes) -> None:
        """See `Channel`."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._master, view) :]
            except OSError as error:
                raise BrokenPipeError(error.errno, "the program is gone") from error

    def close(self) -> None:
        """See `Channel`."""
        if self._open:
            self._open = False
            os.close(self._master)

    def hang_up(self) -> int:
        """Close the connection, wait for the program to take the hint, and return its status.

        One that does not end is killed.
        """
        self.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(_REAP_SECONDS)
        return self.stop()

    def stop(self) -> int:
        """Kill the program with all its descendants, reap it, and return its exit status."""
        kill_group(self.process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_REAP_SECONDS)
        self.close()
        return self.process.returncode if self.process.returncode is not None else -9


def _spawn_in_control(
    argv: Sequence[str], terminal: int, cwd: Path | None, env: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    """Start `argv` with `terminal` as the controlling one; return when it has it."""
    reader, writer = os.pipe()
    command = ("sh", "-c", _TAKE_TERMINAL, os.ttyname(terminal), *argv)
    try:
        child = spawn(command, cwd=cwd, env=env, stdin=terminal, stdout=writer, stderr=terminal)
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    select.select([reader], [], [], _REAP_SECONDS)  # ends when the shell lets go of the pipe
    os.close(reader)
    return child


def describe_status(status: int) -> str:
    """Return an exit status in words; a negative one is the number of a signal."""
    if status >= 0:
        return f"ended with exit status {status}"
    import signal

    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"

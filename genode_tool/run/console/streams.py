"""The streams of consoles, which pexpect reads: programs on a terminal, and sockets.

A socket is read by `fdspawn`, as pexpect's `SocketSpawn` neither decodes nor logs what it reads
(pexpect 4.9). Importing pexpect takes time: whoever needs a stream imports this module then.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
from pexpect.fdpexpect import fdspawn

from genode_tool.process import kill_session, spawn_on_terminal

if TYPE_CHECKING:
    Spawn = pexpect.spawn[str]
else:
    Spawn = pexpect.spawn

_REAP_SECONDS = 5.0
_ENCODING = "utf-8"  # makes pexpect hand out text; a console brings a decoder of its own


class Program(Spawn):
    """A program on a terminal of its own, as `expect` starts programs.

    The terminal puts a carriage return before each newline and echoes what is sent, unless
    the program sets it otherwise.
    """

    pid: int

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        echo: bool = True,
        controlling: bool = True,
        settings: str = "",
    ) -> None:
        """Start `argv`; see `spawn_on_terminal`. Raises `EnvironmentProblem` when that fails."""
        # Without a command, pexpect starts nothing. It would split one that has no arguments at
        # its blanks, and look for `./program` in our directory instead of `cwd`.
        super().__init__(None, encoding=_ENCODING, use_poll=True)  # type: ignore[arg-type]
        self.ptyproc = spawn_on_terminal(
            argv, cwd=cwd, env=env, echo=echo, controlling=controlling, settings=settings
        )
        self.command, self.args = argv[0], list(argv)
        self.pid, self.child_fd = self.ptyproc.pid, self.ptyproc.fd
        self.terminated = self.closed = self._killed = False

    def close(self, force: bool = True) -> None:
        """End the connection; with `force`, kill the program with all its descendants before.

        Else it is hung up, and does about that what it likes. More than once is fine. pexpect's
        own sleeps, and sends a series of signals.
        """
        if force and not self._killed:
            self._killed = True
            kill_session(self.pid)
            self.ptyproc.ended(_REAP_SECONDS)
        self.ptyproc.hang_up()
        self.child_fd, self.closed = -1, True

    def hang_up(self) -> int:
        """Hang up, wait for the program's end, and return its status.

        A program that goes on is killed.
        """
        self.close(force=False)
        if self.exit_status(_REAP_SECONDS) is None:
            self.close()
        return -signal.SIGKILL if self.ptyproc.returncode is None else self.ptyproc.returncode

    def exit_status(self, seconds: float | None = 0) -> int | None:
        """Wait up to `seconds` for the program's end; return its exit status, None if it goes on.

        A negative one is the number of a signal.
        """
        return self.ptyproc.returncode if self.ptyproc.ended(seconds) else None


def socket_stream(connection: socket.socket) -> fdspawn[str]:
    """Return the stream over a connected socket, which belongs to it from now on."""
    return fdspawn(connection.detach(), encoding=_ENCODING, use_poll=True)

"""Children on a pseudo terminal of their own, started by ptyprocess; used by `process` alone.

A module of its own, since importing ptyprocess takes longer than most builds have to wait for a
process: `process` does so when the first such child is wanted.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import termios
from collections.abc import Mapping, Sequence
from typing import NoReturn

from ptyprocess import PtyProcess

from genode_tool.keeper import MARK, announcement, keeper, withdrawal

_NO_SIZE = (0, 0)  # rows and columns: a terminal that nobody looks at, as expect has it


class TerminalChild(PtyProcess):
    """A program on a terminal, known to the keeper until its end was seen."""

    pid: int
    fd: int
    closed: bool
    _kept = False

    @classmethod
    def start(
        cls,
        program: str,
        argv: Sequence[str],
        *,
        cwd: str | None,
        env: Mapping[str, str],
        echo: bool,
        controlling: bool,
        settings: str = "",
    ) -> TerminalChild:
        """Start the file `program`; see `process.spawn_on_terminal`. Raises `OSError`."""
        with keeper().announced_by_itself() as pipe:
            environment = {**env, MARK: keeper().mark}
            child: TerminalChild = cls.spawn(
                [program],
                env=environment,
                echo=echo,
                preexec_fn=lambda: _become(
                    program, argv, cwd, environment, pipe, controlling, settings
                ),
                dimensions=_NO_SIZE,
                pass_fds=(pipe,),
            )
        child._kept = True
        keeper().announced(child.pid)
        return child

    def setwinsize(self, rows: int, cols: int) -> None:
        """Set the size of the terminal; see ptyprocess, which does it when the program runs."""
        if (rows, cols) != _NO_SIZE:  # as it is from the beginning, unless by `settings`
            super().setwinsize(rows, cols)

    def isalive(self) -> bool:
        """Return whether the program still runs; one that has ended is reaped."""
        alive = bool(super().isalive())
        if not alive and self._kept:
            self._kept = False
            keeper().ended(self.pid)
        return alive

    def ended(self, timeout: float | None = None) -> bool:
        """Wait up to `timeout` seconds for the program's end; return whether it came."""
        if self.isalive():
            # waitpid(2) has no timeout.
            end = os.pidfd_open(self.pid)
            try:
                select.select([end], [], [], timeout)
            finally:
                os.close(end)
        return not self.isalive()

    @property
    def returncode(self) -> int | None:
        """The exit status, the negative number of the signal, or None before the end was seen."""
        if self.signalstatus is not None:
            return -int(self.signalstatus)
        return None if self.exitstatus is None else int(self.exitstatus)

    def hang_up(self) -> None:
        """Close our end of the terminal, once.

        `close` of ptyprocess would sleep, then kill the program. expect leaves it to the program
        what it does about a hang-up.
        """
        if not self.closed:
            self.closed = True
            self.fileobj.close()
            self.fd = -1


def _become(
    program: str,
    argv: Sequence[str],
    cwd: str | None,
    env: Mapping[str, str],
    pipe: int,
    controlling: bool,
    settings: str,
) -> NoReturn:
    """Turn the fork into the program.

    ptyprocess does not get to its own exec, since that would replace argv[0], by which a shell
    names itself in messages; it would also change the directory where nobody catches an error.
    What is raised here, the parent gets to see.
    """
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python; ignoring is inherited
        signal.signal(ignored, signal.SIG_DFL)
    if not controlling:
        _give_up_control()
    if settings:
        os.system(f"stty {settings}")  # as expect has it: words of a shell
    where = argv[0]
    try:
        if cwd is not None:
            where = cwd
            os.chdir(cwd)
            where = argv[0]
        with contextlib.suppress(BrokenPipeError):  # the next keeper learns of it from the parent
            os.write(pipe, announcement(os.getpid()))
        # A script finds in $0 what was executed, so no absolute path for `./script`.
        os.execve(argv[0] if "/" in argv[0] else program, list(argv), dict(env))
    except OSError as error:
        with contextlib.suppress(BrokenPipeError):
            os.write(pipe, withdrawal(os.getpid()))
        raise OSError(f"{where}: {error.strerror}") from error


def _give_up_control() -> None:
    """Stay on the terminal without its being the controlling one (tty_ioctl(4), TIOCNOTTY)."""
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the kernel sends it
    fcntl.ioctl(0, termios.TIOCNOTTY)
    signal.signal(signal.SIGHUP, former)

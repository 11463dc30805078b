"""The terminal that the tool was started from, lent to what runs in a scenario."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Iterator

from genode_tool import process

_CHUNK = 4096
_INPUT = (
    termios.IGNBRK
    | termios.BRKINT
    | termios.PARMRK
    | termios.ISTRIP
    | termios.INLCR
    | termios.IGNCR
    | termios.ICRNL
    | termios.IXON
)
_LOCAL = termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN


class UserTerminal:
    """Standard input and output; see `UserSide`."""

    def __init__(self, source: int, target: int) -> None:
        """`source` and `target` are descriptors of a terminal."""
        self._source = source
        self._target = target

    @staticmethod
    def of_streams() -> UserTerminal | None:
        """Return the terminal behind standard input and output; None when either is another."""
        try:
            source, target = sys.stdin.fileno(), sys.stdout.fileno()
        except (AttributeError, OSError, ValueError):
            return None
        return UserTerminal(source, target) if os.isatty(source) and os.isatty(target) else None

    def fileno(self) -> int:
        """The descriptor that becomes readable when a key is pressed."""
        return self._source

    def receive(self) -> bytes:
        """Return the typed bytes; b"" when the terminal is gone."""
        try:
            return os.read(self._source, _CHUNK)
        except OSError:  # EIO: the terminal was hung up
            return b""

    def send(self, data: bytes) -> None:
        """Show `data`."""
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(self._target, data) :]

    @contextlib.contextmanager
    def lent(self, group: int) -> Iterator[None]:
        """Within the context, lend the terminal to process group `group`, then restore it."""
        former = termios.tcgetattr(self._source)
        with process.terminal_kept(self._source):
            try:
                self._give_to(group)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGCONT)  # it may have been too fast
                yield
            finally:
                self._give_to(os.getpgrp())
                with contextlib.suppress(termios.error):
                    termios.tcsetattr(self._source, termios.TCSADRAIN, former)

    def _give_to(self, group: int) -> None:
        """Make a process group the one that gets Ctrl-C, if the terminal is ours to give."""
        former = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # for a group in the background
        try:
            with contextlib.suppress(OSError):
                os.tcsetpgrp(self._source, group)
        finally:
            signal.signal(signal.SIGTTOU, former)

    @contextlib.contextmanager
    def raw(self) -> Iterator[None]:
        """Within the context, keys arrive one by one; output is processed as before.

        However we end, the terminal is as before: by a signal that cannot be caught, too.
        """
        former = termios.tcgetattr(self._source)
        changed = termios.tcgetattr(self._source)
        changed[0] &= ~_INPUT
        changed[3] &= ~_LOCAL
        changed[6][termios.VMIN] = 1
        changed[6][termios.VTIME] = 0
        with process.terminal_kept(self._source):
            try:
                termios.tcsetattr(self._source, termios.TCSADRAIN, changed)
                yield
            finally:
                with contextlib.suppress(termios.error):  # hung up
                    termios.tcsetattr(self._source, termios.TCSADRAIN, former)

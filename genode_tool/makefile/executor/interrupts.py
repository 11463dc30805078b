"""Signals that end a run: commands are ended, half-made targets deleted, then this process ends.

GNU make manual, "Interrupting or Killing `make`".
"""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal came that ends the run."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


class Interrupts:
    """Turns the signals into `Interrupted` while it is entered; only for the main thread.

    An exception out of a signal handler may get lost in a destructor; so `check`, called while
    waiting for children, raises it again.
    """

    def __init__(self) -> None:
        self.signum = 0
        self._told = False

    def __enter__(self) -> Self:
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._came)
        return self

    def __exit__(self, *_: object) -> None:
        for number in _SIGNALS:
            if signal.getsignal(number) == self._came:
                signal.signal(number, signal.SIG_DFL)

    def _came(self, signum: int, _frame: FrameType | None) -> None:
        if not self.signum:
            self.signum = signum
            raise Interrupted(signum)

    def check(self) -> None:
        """Raise `Interrupted`, once, when a signal came."""
        if self.signum and not self._told:
            self._told = True
            raise Interrupted(self.signum)


def end_by(signum: int) -> None:
    """End this process by a signal, so that the parent sees why."""
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)

"""What this process has inherited and its children must not: ignored signals, open files.

Programs behave as in a terminal of the user's, however the tool was called: under nohup(1), in the
background of a script, by a program that leaves its files open.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

# Python ignores it for itself; it and Tcl reset it in children.
_OF_PYTHON = {signal.SIGPIPE}


def ignore(_signum: int, _frame: FrameType | None) -> None:
    """Ignore a signal, as a handler for `signal.signal`.

    Child processes inherit SIG_IGN, but no handler (execve(2)): with this one the tool ignores the
    signal, and programs that it starts get it as usual.
    """


@contextlib.contextmanager
def default_signals_for_children() -> Iterator[None]:
    """Within the context, children get the default actions of all signals, and none blocked.

    This process goes on ignoring what it was told to ignore, by handlers: those are not inherited
    (execve(2)). But the end of children has to be seen.
    """
    former = {}
    for signum in signal.valid_signals() - _OF_PYTHON:
        if signal.getsignal(signum) is signal.SIG_IGN:
            former[signum] = signal.SIG_IGN
            signal.signal(signum, signal.SIG_DFL if signum == signal.SIGCHLD else ignore)
    blocked = signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for signum, action in former.items():
            signal.signal(signum, action)


def keep_descriptors_from_children() -> None:
    """Let no child inherit what the caller has left open; the standard streams are others' matter.

    Tcl's `exec` would pass it on. Whoever wants to hand a descriptor on says so (`pass_fds`).
    """
    with contextlib.suppress(OSError):  # no /proc
        for entry in Path("/proc/self/fd").iterdir():
            descriptor = int(entry.name)
            with contextlib.suppress(OSError):  # that of the listing
                if descriptor > 2 and os.get_inheritable(descriptor):
                    os.set_inheritable(descriptor, False)

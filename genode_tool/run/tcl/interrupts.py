"""Lets a signal end a script that is busy in Tcl alone.

Python runs the handlers of signals between instructions of its own. A script that loops
without calling one of our commands, or that waits for a program it started with Tcl's own
`exec`, would hold back Ctrl-C for as long as it likes. While a script runs, a thread hears of
signals (`signal.set_wakeup_fd`). When the script is still there a moment later, the thread
cancels it (Tcl_CancelEval(3), which any thread may call) and ends the programs that it waits
for. The evaluation returns then, and Python's handler raises what it has to.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genode_tool.deadline import Deadline
from genode_tool.fork import leave_alone, pause_for_forks

_GRACE_SECONDS = 0.2
_WAKE = b"\0"  # no signal has this number
_CANCEL_UNWIND = 0x100000  # TCL_CANCEL_UNWIND of tcl.h: no `catch` holds it back
_ENDING = frozenset((signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM))


def interruptible(
    interpreter: int, evaluate: Callable[[], str], seconds: float | None = None
) -> str:
    """Return what `evaluate` does, which a signal ends.

    `interpreter` is the address of the Tcl interpreter in which it evaluates something. The end of
    `seconds`, if given, ends it, too. Outside of the main thread, where no handlers run, nothing is
    watched. What a signal's handler raises can get lost between Tcl and a command in Python;
    `KeyboardInterrupt` is raised then.
    """
    if threading.current_thread() is not threading.main_thread():
        return evaluate()
    watch = _Watch(interpreter, seconds)
    raised: BaseException | None = None
    try:
        return evaluate()
    except Exception:
        if watch.cut.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        # Handlers of signals run on the way into a function, too: what is over may be interrupted
        # just here, before the first line of `stop`.
        while not watch.stopped:
            try:
                watch.stop()
            except BaseException as error:
                raised = error
        if raised is not None:
            raise raised


class _Watch:
    """The thread that hears of signals; `cut` is set once one made it cancel the evaluation."""

    def __init__(self, interpreter: int, seconds: float | None) -> None:
        self.cut = threading.Event()
        self.stopped = False
        self._interpreter = interpreter
        self._deadline = Deadline.after(seconds)
        self._reader, self._writer = os.pipe()
        # Python writes to it in its handler of signals, which must never wait.
        os.set_blocking(self._writer, False)
        self._former = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._unheeded = b""
        self.resume()
        pause_for_forks(self)

    def resume(self) -> None:
        """Start the thread."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(self._over,), daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """End the thread; a signal that came meanwhile is heeded when it resumes."""
        self._over.set()
        os.write(self._writer, _WAKE)
        self._thread.join()

    def stop(self) -> None:
        """End the thread for good. To be called again when it is interrupted."""
        leave_alone(self)
        self._over.set()
        if self._writer >= 0:
            signal.set_wakeup_fd(self._former)
            writer, self._writer = self._writer, -1
            os.close(writer)  # the end of the pipe wakes the thread
        self._thread.join()
        if self._reader >= 0:
            reader, self._reader = self._reader, -1
            os.close(reader)
        self.stopped = True

    def _work(self, over: threading.Event) -> None:
        """Cancel the evaluation once a signal came or the time is up; `cut`: it was a signal."""
        while True:
            if self._unheeded or select.select([self._reader], [], [], self._deadline.remaining)[0]:
                heard = self._unheeded or os.read(self._reader, 16)
                self._unheeded = heard.strip(_WAKE) if over.is_set() else b""
                if not heard or over.is_set():
                    return
                if not _ENDING.intersection(heard):
                    continue
                signalled = signal.SIGALRM not in heard  # which has its own way, and comes again
            else:
                signalled = False
            while not over.wait(_GRACE_SECONDS):
                if signalled:
                    self.cut.set()
                _cancel(self._interpreter)
                _end_programs()
                # Heard meanwhile or not: the first signal is enough.
                while select.select([self._reader], [], [], 0)[0] and os.read(self._reader, 16):
                    pass
            return


def _cancel(interpreter: int) -> None:
    cancel = _tcl_cancel_eval()
    if cancel is not None:
        cancel(ctypes.c_void_p(interpreter), None, None, _CANCEL_UNWIND)


def _tcl_cancel_eval() -> Any:
    """Return Tcl's function, found by way of the module that Python's own binding lives in."""
    import _tkinter

    with contextlib.suppress(OSError, AttributeError):
        return ctypes.CDLL(getattr(_tkinter, "__file__", None)).Tcl_CancelEval
    return None


def _end_programs() -> None:
    """End the programs that Tcl itself started: children in our own session.

    Those of `genode_tool.process` lead sessions of their own and are ended by their owners.
    """
    session = os.getsid(0)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # proc(5): "PID (NAME) STATE PPID PGRP SESSION …"; NAME may hold anything
            stat = (entry / "stat").read_bytes()
            state, parent, _, sid = stat[stat.rindex(b")") + 2 :].split(None, 4)[:4]
            if int(parent) == os.getpid() and int(sid) == session and state != b"Z":
                os.kill(int(entry.name), signal.SIGTERM)

"""The exit status of spawned programs, in the form of expect's `wait`."""

from __future__ import annotations

import signal

_SIGNALS = {
    "SIGHUP": "hangup",
    "SIGINT": "interrupt",
    "SIGQUIT": "quit signal",
    "SIGILL": "illegal instruction",
    "SIGTRAP": "trace trap",
    "SIGABRT": "SIGABRT",
    "SIGBUS": "bus error",
    "SIGFPE": "floating-point exception",
    "SIGKILL": "kill signal",
    "SIGUSR1": "user-defined signal 1",
    "SIGSEGV": "segmentation violation",
    "SIGUSR2": "user-defined signal 2",
    "SIGPIPE": "write on pipe with no readers",
    "SIGALRM": "alarm clock",
    "SIGTERM": "software termination signal",
}


def ending_words(status: int) -> tuple[str, ...]:
    """Return the end of `wait`'s list for an exit status, the number of a signal if negative."""
    if status >= 0:
        return ("0", str(status))
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown signal"
    return "0", "0", "CHILDKILLED", name, _SIGNALS.get(name, "unknown signal")

"""Progress messages of the launcher, on standard error."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genode_tool import process

_LAST_LINES = 15


@dataclass(frozen=True, slots=True)
class Followed:
    """The result of a followed command: exit status, and its last lines of output."""

    status: int
    last_lines: tuple[str, ...]


def announce(text: str) -> None:
    """Print what is being done."""
    print(f"genode: {text}", file=sys.stderr, flush=True)


def follow(argv: Sequence[str], *, env: Mapping[str, str], timeout: float) -> Followed:
    """Run `argv`; on a terminal its latest line of output is shown, and replaced by the next.

    `timeout` is in seconds; a command that runs longer is killed and ends with status -9.
    Raises `EnvironmentProblem` when the program cannot be started.
    """
    live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    child = process.spawn(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    latest: deque[str] = deque(maxlen=_LAST_LINES)
    alarm = threading.Timer(timeout, process.kill_group, (child,))
    alarm.daemon = True
    alarm.start()
    try:
        assert child.stdout is not None
        for raw in child.stdout:
            line = raw.decode("utf-8", "replace").strip()
            if line:
                latest.append(line)
                if live:
                    _show(line)
        status = child.wait()
    except BaseException:
        process.kill_group(child)
        child.wait()
        raise
    finally:
        alarm.cancel()
        if live:
            _show("")
    return Followed(status, tuple(latest))


def _show(line: str) -> None:
    width = os.get_terminal_size(sys.stderr.fileno()).columns
    sys.stderr.write(f"\r\x1b[K{('  ' + line)[: max(width - 1, 1)] if line else ''}")
    sys.stderr.flush()

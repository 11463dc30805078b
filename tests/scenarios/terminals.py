"""A terminal of the test's own, with a program in front of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.shared.waiting import LIMIT_S


class Terminal:
    """The terminal of a program, as a user sees it and types into it."""

    def __init__(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None
    ) -> None:
        """Start a program on a new terminal that is its controlling one."""
        self._master, self._slave = pty.openpty()
        self.before = self.settings()
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.seen = ""

    def settings(self) -> list[Any]:
        """Return the settings of the terminal."""
        return termios.tcgetattr(self._slave)

    def type(self, keys: str) -> None:
        """Type keys."""
        os.write(self._master, keys.encode())

    def until(self, text: str, seconds: float = LIMIT_S) -> str:
        """Read until `text` came; return all since the last call."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} did not come: {self.seen!r}"
            if select.select([self._master], [], [], min(left, 0.2))[0]:
                self.seen += os.read(self._master, 65536).decode(errors="replace")
            elif self.process.poll() is not None:
                raise AssertionError(f"ended before {text!r} came: {self.seen!r}")
        end = self.seen.index(text) + len(text)
        taken, self.seen = self.seen[:end], self.seen[end:]
        return taken

    def end(self, seconds: float = LIMIT_S) -> int:
        """Wait for the program's end, reading on; return its exit status."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it goes on: {self.seen!r}"
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode

    def until_raw(self, seconds: float = 60.0) -> None:
        """Wait until keys reach the program one by one."""
        deadline = time.monotonic() + seconds
        while int(self.settings()[3]) & termios.ICANON:
            assert time.monotonic() < deadline, f"the terminal was not taken over: {self.seen!r}"
            time.sleep(0.01)

    def restored(self, seconds: float = LIMIT_S) -> bool:
        """Return whether the terminal gets back the settings from before the program began."""
        deadline = time.monotonic() + seconds
        while self.settings() != self.before and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.settings() == self.before

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        self.seen += os.read(self._master, 65536).decode(errors="replace")
        return True

    def close(self) -> None:
        """Kill the program, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@contextlib.contextmanager
def terminal(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Have a program on a terminal of its own within the context."""
    one = Terminal(argv, cwd, env)
    try:
        yield one
    finally:
        one.close()

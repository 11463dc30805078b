"""The work directory of a bootstrap, with stamps, logs and a record of times.

    stamps/NAME    the key of a step that is done; a step with another key is done anew
    begun/NAME     the key of a step that was begun and is not done; its time is kept up to date
                   while it runs, so that after a kill -9 it shows when the step ended
    logs/NAME.log  all that the step printed
    times.json     each attempt of each step: wall and processor time, and how it ended

An interruption is passed on to make, which removes what it has half done. After a kill -9, or
when make does not end, files may be left half written: before the build goes on, what compilers,
archivers and linkers wrote in its last seconds is removed, and what was being configured then is
configured anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import IO, Protocol

from genode_tool import process
from genode_tool.errors import BuildFailed, EnvironmentProblem, Location
from genode_tool.events import Event, Note
from genode_tool.files import write_atomically
from genode_tool.toolchain.bootstrap.execution.failure_line import FailureLine, find_failure_line
from genode_tool.toolchain.bootstrap.execution.rollback import Attempt

_TICK_S = 1.0
_MOST_LINES = 400_000
_ORDERLY = "orderly"
_GRACE_S = 15.0


class OutputListener(Protocol):
    """Receives the output of a running step."""

    def line_printed(self, line: bytes) -> None:
        """Receive one line of output."""

    def second_passed(self) -> None:
        """Called about once a second while a command runs."""

    def event_received(self, event: Event) -> None:
        """Receive an event of a helper of the step, such as a download."""


@dataclass(slots=True)
class WorkDirectory:
    """The directory `path` with all that lasts, and how many jobs a build may use."""

    path: Path
    jobs: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    listener: OutputListener | None = None
    _log: IO[bytes] | None = None
    _heart: Path | None = None
    _orderly: bool = True

    def log_of(self, name: str) -> Path:
        """Return where the output of step `name` goes."""
        return self.path / "logs" / f"{name}.log"

    def is_done(self, name: str, key: str) -> bool:
        """Return whether step `name` was done with these inputs."""
        try:
            return (self.path / "stamps" / name).read_text(encoding="utf-8") == key
        except OSError:
            return False

    def mark_done(self, name: str, key: str) -> None:
        """Note that step `name` is done."""
        write_atomically(self.path / "stamps" / name, key)

    def forget(self, name: str) -> None:
        """Note that step `name` is not done (any more)."""
        (self.path / "stamps" / name).unlink(missing_ok=True)

    def start_over(self, name: str) -> None:
        """Forget that step `name` was begun: what it rests on is made anew."""
        (self.path / "begun" / name).unlink(missing_ok=True)

    def interrupted(self, name: str, key: str) -> Attempt | None:
        """Return the attempt at step `name` with these inputs that did not end well, or None."""
        path = self.path / "begun" / name
        try:
            words = path.read_text(encoding="utf-8").split()
            end = path.stat().st_mtime
        except OSError:
            return None
        if len(words) not in (2, 3) or words[0] != key:
            return None
        return Attempt(float(words[1]), end, orderly=words[2:] == [_ORDERLY])

    @contextlib.contextmanager
    def attempt(self, name: str, key: str, *, goes_on: bool) -> Iterator[None]:
        """Run the body as step `name`: its log is open and its time taken; stamped at the end.

        With `goes_on` the log of the interrupted attempt is continued.
        """
        log = self.log_of(name)
        began = self.path / "begun" / name
        try:
            self.forget(name)
            log.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(began, "")
            # The clock of the file system, not ours: it is compared with the times of built files.
            write_atomically(began, f"{key} {began.stat().st_mtime}")
            self._log = log.open("ab" if goes_on else "wb", buffering=0)
        except OSError as error:
            raise EnvironmentProblem(f"cannot write {log}: {error.strerror}") from error
        self._heart = began
        self._orderly = True
        start, used, end = time.monotonic(), _cpu_seconds(), "interrupted"
        try:
            yield
            self.mark_done(name, key)
            began.unlink(missing_ok=True)
            end = "done"
        except Exception:
            end = "failed"
            raise
        finally:
            if end != "done" and self._orderly:
                with contextlib.suppress(OSError), began.open("a", encoding="utf-8") as file:
                    file.write(f" {_ORDERLY}")
            self._beat()
            self._log.close()
            self._log = None
            self._note(name, time.monotonic() - start, _cpu_seconds() - used, end)

    def log_line(self, line: str) -> None:
        """Write a line of our own into the log of the running step."""
        assert self._log
        self._write(f"{line}\n".encode())

    def forward_event(self, event: Event) -> None:
        """Log and pass on an event of a helper of the running step."""
        if isinstance(event, Note):
            self.log_line(event.text)
        if self.listener:
            self.listener.event_received(event)

    def run(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, what: str = ""
    ) -> None:
        """Run a command of the running step in `cwd`, to its end; output goes to the log.

        Raises `BuildFailed` with the error that stands first when it fails. `what` names the
        command in that message, by default it is the program's name.
        """
        assert self._log
        # Complete enough for a user to repeat the command from the log.
        self.log_line(f"+ cd {shlex.quote(str(cwd))} && {shlex.join(argv)}")
        output = self._log.tell()
        variables = process.scrubbed_environment({**self.environment, **(env or {})})
        child = process.spawn(argv, cwd=cwd, env=variables, stdout=PIPE, stderr=STDOUT)
        try:
            self._follow(child)
            status = child.wait()
        except BaseException:
            self._orderly = _end(child)
            raise
        if status:
            self.log_line(f"+ exit status {status}")
            raise self._failure(argv, cwd, status, output, what)

    def _follow(self, child: process.Child) -> None:
        assert child.stdout
        pending = b""
        fd = child.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(fd, selectors.EVENT_READ)
            beat = time.monotonic()
            while True:
                ready = selector.select(_TICK_S)
                if time.monotonic() - beat >= _TICK_S:
                    beat = time.monotonic()
                    self._beat()
                    if self.listener:
                        self.listener.second_passed()
                if not ready:
                    continue
                data = os.read(fd, 1 << 16)
                if not data:
                    return
                self._write(data)
                *lines, pending = (pending + data).split(b"\n")
                if self.listener:
                    for line in lines:
                        self.listener.line_printed(line)

    def _write(self, data: bytes) -> None:
        assert self._log
        try:
            while data:
                data = data[self._log.write(data) :]
        except OSError as error:
            raise EnvironmentProblem(
                f"cannot write {self._log.name}: {error.strerror}",
                hint="free some space and run the command again; finished work is kept",
            ) from error

    def _beat(self) -> None:
        if self._heart:
            with contextlib.suppress(OSError):
                os.utime(self._heart)

    def _failure(
        self, argv: Sequence[str], cwd: Path, status: int, output: int, what: str
    ) -> BuildFailed:
        assert self._log
        log = Path(self._log.name)
        raw = log.read_bytes()
        before = raw[:output].count(b"\n")
        # Without the last line, our own about the exit status.
        lines = raw[output:].decode("utf-8", "replace").splitlines()[:-1][:_MOST_LINES]
        found = find_failure_line(lines, cwd)
        end = f"was killed by signal {-status}" if status < 0 else f"exited with {status}"
        where = Location(str(log), before + found.number) if found.number else Location(str(log))
        return BuildFailed(
            f"{what or Path(argv[0]).name} {end}: {found.line}",
            location=where,
            trail=_trail(found),
            hint=_hint(found),
        )

    def _note(self, name: str, wall: float, cpu: float, end: str) -> None:
        path = self.path / "times.json"
        record = self.times()
        entry: dict[str, float | str] = {"wall": round(wall, 2), "cpu": round(cpu, 2), "end": end}
        record.setdefault(name, []).append(entry)
        with contextlib.suppress(EnvironmentProblem):  # a full disk was reported already
            write_atomically(path, json.dumps(record, indent=1))

    def times(self) -> dict[str, list[dict[str, float | str]]]:
        """Return all attempts of each step: "wall" and "cpu" seconds, "end" how it ended."""
        try:
            loaded: dict[str, list[dict[str, float | str]]] = json.loads(
                (self.path / "times.json").read_bytes()
            )
        except (OSError, ValueError):
            return {}
        return loaded


def _end(child: process.Child) -> bool:
    """Stop a command and all it started; return whether it had time to clean up."""
    try:
        process.kill_group(child, signal.SIGTERM)
        child.wait(_GRACE_S)
    except BaseException as problem:  # a second Ctrl-C included: what remains is killed
        process.kill_group(child)
        child.wait()
        if not isinstance(problem, subprocess.TimeoutExpired):
            raise
        return False
    process.kill_group(child)
    return True


def _trail(found: FailureLine) -> tuple[str, ...]:
    tried = tuple(f"{found.config_log}: {line}" for line in found.tried)
    return (*tried, *(line for line in found.context if line.strip()))


def _hint(found: FailureLine) -> str:
    text = " ".join((found.line, *found.tried))
    if "No space left" in text or "quota exceeded" in text:
        return "free some space and run the command again; finished steps are kept"
    if "Killed" in text:
        return (
            "out of memory? Use fewer jobs (-j1) and run the command again; finished work is kept"
        )
    return "run the command again to continue with this step; the log has all of its output"


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

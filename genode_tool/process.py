"""The one place that starts child processes.

Children get no standard input unless asked for, lead a session of their own, and die with us,
descendants included, also when our end is a `kill -9`. That last promise is kept by a keeper:
a tiny shell process that reads a pipe whose only writer is us. We tell it what we start and
what has ended; when the pipe closes it kills what is left. Compared with
PR_SET_PDEATHSIG (prctl(2)) this reaches grandchildren, does not depend on which thread
started the child, and needs no Python code between fork and exec, so that `subprocess` may
use vfork: starting a process costs the same however large we have grown.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

from genode_tool.errors import EnvironmentProblem

_STTY_SECONDS = 10.0
_KEPT_VARIABLES = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR")

# Lines on standard input: "+ ID" a process began, "- ID" it is over; "t SETTINGS TTY" a terminal
# to be given back with those settings of stty(1), "t" none any more. At end of input all
# processes still listed and all members (field 6 of /proc/PID/stat, proc(5)) of the sessions
# that they lead are killed, twice, since a member may fork while we look.
_KEEPER = r"""
trap '' HUP INT QUIT TERM
live=' ' tty=
while read -r op id; do
  case $op in
    +) live="$live$id " ;;
    -) case $live in *" $id "*) live="${live%% "$id" *} ${live#* "$id" }" ;; esac ;;
    t) tty=$id ;;
  esac
done
[ -z "$tty" ] || stty -F "${tty#* }" "${tty%% *}" 2>/dev/null
[ -n "${live#"${live%%[0-9]*}"}" ] || exit 0
for round in 1 2; do
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    pid=${stat#/proc/} pid=${pid%/stat}
    set -- ${line##*) }
    case $live in *" $4 "* | *" $pid "*) kill -9 "$pid" ;; esac
  done
done 2>/dev/null
"""


@dataclass(frozen=True, slots=True)
class Completed:
    """How a child process ended. A negative `returncode` is the number of a signal."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def command_line(self) -> str:
        """The command as one would type it."""
        return shlex.join(self.argv)


# Waits for a line in the pipe $1, or gives up at its end, then becomes the program behind it.
_GATE = 'read -r go <"/dev/fd/$1" || exit 1; shift; exec "$@"'


class Child(subprocess.Popen[bytes]):
    """A started process, known to the keeper until its end was seen by `poll` or `wait`.

    A `gated` one waits until it is known: we may be killed between its start and that moment.
    """

    _kept = False

    def __init__(self, argv: list[str], *, gated: bool = False, **options: Any) -> None:
        keeper = _keeper()
        if not gated:
            super().__init__(argv, **options)
            self._kept = True
            keeper.began(self.pid)
            return
        reader, writer = os.pipe()
        try:
            gate = ["/bin/sh", "-c", _GATE, "sh", str(reader), *argv]
            options["pass_fds"] = (*options.get("pass_fds", ()), reader)
            super().__init__(gate, **options)
            self._kept = True
            self.args = argv
            keeper.began(self.pid)
            with contextlib.suppress(BrokenPipeError):  # it has been killed: `wait` tells
                os.write(writer, b"go\n")
        finally:
            os.close(reader)
            os.close(writer)

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        return self._ended(super().poll())

    def wait(self, timeout: float | None = None) -> int:
        """Wait up to `timeout` seconds and return the exit status.

        Raises `subprocess.TimeoutExpired` when the process still runs then.
        """
        status = super().wait(timeout)
        self._ended(status)
        return status

    def _ended(self, status: int | None) -> int | None:
        if status is not None and self._kept:
            self._kept = False
            _keeper().ended(self.pid)
        return status


def scrubbed_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the few variables that every child may see, plus `extra`."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    kept.update(extra or {})
    return kept


def find_program(name: str, path: str | None = None) -> Path | None:
    """Return the absolute path of program `name`, searched in `path` or PATH, or None."""
    found = shutil.which(name, path=path)
    return Path(found).absolute() if found else None


def run(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    input: bytes | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run `argv` to its end and return exit status and output.

    `timeout` is in seconds. Raises `EnvironmentProblem` when the program cannot be started
    or does not end in time (it is killed then, with its descendants).
    """
    stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
    child = spawn(
        argv, cwd=cwd, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = child.communicate(input, timeout=timeout)
    except subprocess.TimeoutExpired:
        kill_group(child)
        child.communicate()
        raise EnvironmentProblem(
            f"`{shlex.join(argv)}` did not end within {timeout:g} s and was killed"
        ) from None
    except BaseException:
        kill_group(child)
        child.wait()
        raise
    return Completed(tuple(argv), child.returncode, out, err)


def spawn(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
    new_session: bool = True,
    own_group: bool = False,
    gated: bool = False,
) -> Child:
    """Start `argv` and return at once.

    The child leads a session of its own so that `kill_group` and the keeper reach its
    descendants. With `new_session` false it shares ours (it may then read from the terminal
    and gets its Ctrl-C, unless `own_group` makes it the leader of another process group), and the
    two reach the child alone. `env` None means our own environment. One that is `gated` ends with
    us whenever we are killed; any other one survives when that happens while it is started, which
    is no matter for what ends by itself. Raises `EnvironmentProblem` when the program does not
    exist or cannot be executed.
    """
    try:
        if gated and not shutil.which(argv[0], path=None if env is None else env.get("PATH")):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return Child(
            list(argv),
            gated=gated,
            start_new_session=new_session,
            process_group=0 if own_group else None,
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=tuple(pass_fds),
        )
    except OSError as error:
        wanted = cwd if cwd is not None and not Path(cwd).is_dir() else argv[0]
        raise EnvironmentProblem(
            f"cannot start `{shlex.join(argv)}`: {wanted}: {error.strerror}"
        ) from error


def ignore(_signum: int, _frame: FrameType | None) -> None:
    """Ignore a signal, as a handler for `signal.signal`.

    Child processes inherit SIG_IGN, which nohup(1) sets for SIGHUP, but no handler (execve(2)):
    with this one the tool ignores the signal, and programs that it starts can be hung up as usual.
    """


def kill_group(child: subprocess.Popen[bytes], signum: int = signal.SIGKILL) -> None:
    """Send `signum` to the child and all its descendants of the same session.

    With SIGKILL the members are gone (or dying) on return: those forked meanwhile are found
    by looking again, for at most a second.
    """
    deadline = time.monotonic() + 1
    sent: set[int] = set()
    while members := session_members(child.pid) - sent:
        # the child first: a shell that saw its own child die could still end by itself, with 0
        for pid in sorted(members, key=lambda pid: pid != child.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signum)
        sent |= members
        if signum != signal.SIGKILL or time.monotonic() > deadline:
            return
    if not sent and child.returncode is None:  # it did not get a session of its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            child.send_signal(signum)


@contextlib.contextmanager
def terminal_kept(terminal: int) -> Iterator[None]:
    """Within the context, our end by `kill -9` gives the terminal its present settings back.

    `terminal` is a descriptor. Who changes the settings restores them otherwise.
    """
    try:
        words = f"{_stty_settings(terminal)} {os.ttyname(terminal)}"
    except (EnvironmentProblem, OSError, subprocess.TimeoutExpired):  # no stty(1) here
        yield
        return
    _keeper().terminal(words)
    try:
        yield
    finally:
        _keeper().terminal("")


def _stty_settings(terminal: int) -> str:
    """Return the settings of a terminal as `stty -g` prints them."""
    child = spawn(("stty", "-g"), stdin=terminal, stdout=subprocess.PIPE)
    out, _ = child.communicate(timeout=_STTY_SECONDS)
    return out.decode().strip()


def session_members(session: int) -> set[int]:
    """Return the ids of the processes in `session` that have not ended yet."""
    members = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # proc(5): "PID (NAME) STATE PPID PGRP SESSION …"; NAME may hold anything
                stat = (entry / "stat").read_bytes()
                state, _, _, sid = stat[stat.rindex(b")") + 2 :].split(None, 4)[:4]
                if int(sid) == session and state not in (b"Z", b"X"):
                    members.add(int(entry.name))
    return members


class _Keeper:
    """Our end of the pipe to the keeper process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[int] = set()
        self._terminal = ""
        self._pipe = self._start()

    def began(self, pid: int) -> None:
        with self._lock:
            self._live.add(pid)
            self._tell(f"+ {pid}\n")

    def ended(self, pid: int) -> None:
        with self._lock:
            self._live.discard(pid)
            self._tell(f"- {pid}\n")

    def terminal(self, words: str) -> None:
        with self._lock:
            self._terminal = words
            self._tell(f"t {words}\n")

    def leave(self) -> None:
        """Leave the keeper to the process that we were forked off."""
        os.close(self._pipe)

    def _tell(self, line: str) -> None:
        try:
            os.write(self._pipe, line.encode())
        except BrokenPipeError:  # somebody killed the keeper: the next one learns what lives
            os.close(self._pipe)
            self._pipe = self._start()
            known = "".join(f"+ {one}\n" for one in self._live) + f"t {self._terminal}\n"
            os.write(self._pipe, known.encode())

    def _start(self) -> int:
        reader, writer = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _KEEPER],
                stdin=reader,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},
                start_new_session=True,  # no Ctrl-C, no signal sent to our group
            )
        except BaseException:
            os.close(writer)
            raise
        finally:
            os.close(reader)
        return writer


@functools.cache
def _keeper() -> _Keeper:
    """Return this process's keeper, started with the first child."""
    return _Keeper()


def forked() -> None:
    """To be called in a process that was forked off: its children get a keeper of its own."""
    if _keeper.cache_info().currsize:
        _keeper().leave()
        _keeper.cache_clear()

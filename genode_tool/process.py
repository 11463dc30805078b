"""The one place that starts child processes.

Children get an explicit environment, no inherited standard input unless asked for, and die
with us: on Linux the kernel sends them SIGKILL when the thread that started them ends, also
when that end is a `kill -9` (prctl(2), PR_SET_PDEATHSIG).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from genode_tool.errors import EnvironmentProblem

_PR_SET_PDEATHSIG = 1
_KEPT_VARIABLES = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR")


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


def scrubbed_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the few variables that a child may see, plus `extra`."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    kept.update(extra or {})
    return kept


def find_program(name: str) -> Path | None:
    """Return the absolute path of program `name`, searched in PATH, or None."""
    found = shutil.which(name)
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
    or does not end in time (it is killed then, with its process group).
    """
    stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
    child = spawn(argv, cwd=cwd, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
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
) -> subprocess.Popen[bytes]:
    """Start `argv` and return at once.

    The child leads a session of its own (unless `new_session` is false) so that
    `kill_group` reaches its descendants. `env` None means our own environment.
    Raises `EnvironmentProblem` when the program does not exist or cannot be executed.
    """
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=None if env is None else dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=tuple(pass_fds),
            start_new_session=new_session,
            preexec_fn=_die_with_parent(),
        )
    except OSError as error:
        wanted = cwd if cwd is not None and not os.path.isdir(cwd) else argv[0]
        raise EnvironmentProblem(
            f"cannot start `{shlex.join(argv)}`: {wanted}: {error.strerror}"
        ) from error


def kill_group(child: subprocess.Popen[bytes], signum: int = signal.SIGKILL) -> None:
    """Send `signum` to the child and all its descendants of the same session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signum)


def _die_with_parent() -> Callable[[], None]:
    """Return a function, run in the child before exec, that ties it to our life."""
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(127)

    return tie

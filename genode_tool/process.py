"""The one place that starts child processes.

Children get no standard input unless asked for, lead a session of their own, and die with us,
descendants included, also when our end is a `kill -9`: the keeper (`genode_tool.keeper`) knows
them. Programs on a terminal of their own are started with ptyprocess (`spawn_on_terminal`), all
others with `subprocess`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from genode_tool.deadline import Deadline
from genode_tool.errors import EnvironmentProblem
from genode_tool.keeper import MARK, keeper
from genode_tool.record import record

if TYPE_CHECKING:
    from pathlib import Path

    from genode_tool.terminal_child import TerminalChild

_STTY_SECONDS = 10.0
_KEPT_VARIABLES = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR")


@record
class Completed:
    """The result of a child process; a negative `returncode` is the number of a signal."""

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

    def __init__(
        self, argv: list[str], *, gated: bool = False, marked: bool = True, **options: Any
    ) -> None:
        its_keeper = keeper()  # has to be there before the child is
        environment = options.get("env")
        if marked and environment is not None:
            options["env"] = {**environment, MARK: its_keeper.mark}
        if not gated:
            super().__init__(argv, **options)
            self._kept = True
            its_keeper.began(self.pid)
            return
        reader, writer = os.pipe()
        try:
            gate = ["/bin/sh", "-c", _GATE, "sh", str(reader), *argv]
            options["pass_fds"] = (*options.get("pass_fds", ()), reader)
            super().__init__(gate, **options)
            self._kept = True
            self.args = argv
            its_keeper.began(self.pid)
            with contextlib.suppress(BrokenPipeError):  # it was killed, as `wait` will show
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
            keeper().ended(self.pid)
        return status


class CannotStart(EnvironmentProblem):
    """A program does not exist or cannot be executed, or the directory to start it in is missing.

    `reason` is what the operating system says, about `subject` if that is known.
    """

    def __init__(self, argv: Sequence[str], reason: str, subject: str = "") -> None:
        about = f"{subject}: " if subject else ""
        super().__init__(f"cannot start `{shlex.join(argv)}`: {about}{reason}")
        self.reason = reason
        self.subject = subject


def scrubbed_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the few variables that every child may see, plus `extra`."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    kept.update(extra or {})
    return kept


def find_program(name: str, path: str | None = None) -> Path | None:
    """Return the absolute path of program `name`, searched in `path` or PATH, or None."""
    from pathlib import Path

    found = _which(name, path)
    return Path(found).absolute() if found else None


def _which(name: str, path: str | None) -> str | None:
    import shutil  # it brings compressors along, which a call of make can do without

    return shutil.which(name, path=path)


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
    marked: bool = True,
) -> Child:
    """Start `argv` and return at once.

    The child leads a session of its own so that `kill_group` and the keeper reach its
    descendants. With `new_session` false it shares ours (it may then read from the terminal
    and gets its Ctrl-C, unless `own_group` makes it the leader of another process group), and the
    two reach the child alone. `env` None means our own environment. One that is `gated` ends with
    us whenever we are killed; any other one survives when that happens while it is started, which
    does not matter for a process that exits anyway. With `marked` false, `env` is exactly its
    environment, and descendants that leave its session survive a `kill -9` of us. Raises
    `CannotStart` when the program does not exist or cannot be executed.
    """
    try:
        # What starts is the shell of the gate: a missing program would show as its exit status.
        if gated and not _which(argv[0], None if env is None else env.get("PATH")):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return Child(
            list(argv),
            gated=gated,
            marked=marked,
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
        # subprocess reports ENOENT for a missing directory as well as for a missing program.
        wanted = cwd if cwd is not None and not os.path.isdir(cwd) else argv[0]  # noqa: PTH112
        raise CannotStart(argv, error.strerror or str(error), str(wanted)) from error


def spawn_on_terminal(
    argv: Sequence[str],
    *,
    cwd: Path | str | None = None,
    env: Mapping[str, str] | None = None,
    echo: bool = True,
    controlling: bool = True,
    settings: str = "",
) -> TerminalChild:
    """Start `argv` on a pseudo terminal of its own and return at once.

    The child leads a session of its own, whose controlling terminal is the new one: the
    terminal's keys (Ctrl-C) reach it as signals, and so does a hang-up. Not so with `controlling`
    false. With `echo`, the terminal repeats what is typed; `settings` are words for stty(1).
    `env` None means our own environment.
    The keeper knows the child before it runs the program. Raises `EnvironmentProblem` when the
    program does not exist or cannot be executed, or when no terminal is left.
    """
    from genode_tool.terminal_child import TerminalChild

    environment = os.environ if env is None else env
    name = argv[0] if cwd is None or "/" not in argv[0] else os.path.join(cwd, argv[0])  # noqa: PTH118
    program = find_program(name, environment.get("PATH"))
    if program is None:
        raise CannotStart(argv, os.strerror(errno.ENOENT), argv[0])
    try:
        return TerminalChild.start(
            str(program),
            argv,
            cwd=None if cwd is None else str(cwd),
            env=environment,
            echo=echo,
            controlling=controlling,
            settings=settings,
        )
    except OSError as error:
        raise CannotStart(argv, str(error)) from error


def kill_group(child: subprocess.Popen[bytes], signum: int = signal.SIGKILL) -> None:
    """Send `signum` to the child and all its descendants of the same session (`kill_session`)."""
    if not kill_session(child.pid, signum) and child.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has none of its own
            child.send_signal(signum)


def kill_session(session: int, signum: int = signal.SIGKILL) -> bool:
    """Send `signum` to all processes of a session; return whether there were any.

    With SIGKILL they are gone (or dying) on return: those forked meanwhile are found by looking
    again, for at most a second.
    """
    deadline = Deadline.after(1)
    sent: set[int] = set()
    while members := session_members(session) - sent:
        # the leader first: a shell that saw its own child die could still exit on its own, with 0
        for pid in sorted(members, key=lambda pid: pid != session):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signum)
        sent |= members
        if signum != signal.SIGKILL or deadline.expired:
            break
    return bool(sent)


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
    keeper().terminal(words)
    try:
        yield
    finally:
        keeper().terminal("")


def _stty_settings(terminal: int) -> str:
    """Return the settings of a terminal as `stty -g` prints them."""
    child = spawn(("stty", "-g"), stdin=terminal, stdout=subprocess.PIPE)
    out, _ = child.communicate(timeout=_STTY_SECONDS)
    return out.decode().strip()


def session_members(session: int) -> set[int]:
    """Return the ids of the processes in `session` that have not ended yet."""
    members = set()
    for name in os.listdir("/proc"):  # noqa: PTH208 - made into a path where it has to be one
        with contextlib.suppress(OSError, ValueError):
            # getsid(2) first: a fraction of the cost of a file, and there may be many processes
            if name.isdigit() and os.getsid(int(name)) == session and not _has_ended(name):
                members.add(int(name))
    return members


def _has_ended(pid: str) -> bool:
    """Return whether a process is a zombie; raises `OSError` when it is gone."""
    # proc(5): "PID (NAME) STATE …"; NAME may hold anything
    with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
        stat = file.read()
    return stat[stat.rindex(b")") + 2 :][:1] in b"ZX"

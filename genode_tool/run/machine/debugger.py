"""A debugger for a system that is held: which one, with which symbols, and its start.

QEMU offers a GDB stub (its documentation, "GDB usage"); core of a system on Linux is a process
that begins when a debugger traces it. The debugger's commands are written to the file `gdb` of
the record, in GDB's own command language (GDB manual, "Commands to Specify Files").
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.process import Child, find_program, kill_group, spawn
from genode_tool.programs import how_to_get
from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.terminal_bridge import UserSide
from genode_tool.run.verdict import Outcome, ScenarioStop

COMMANDS = "gdb"
"""The name of the file with the debugger's commands in the record."""

_END_SECONDS = 5.0

# Any process may trace this one (prctl(2), PR_SET_PTRACER): the debugger is not its ancestor.
# It waits for one (proc(5), TracerPid); had it stopped itself, a detached debugger would leave
# it stopped.
_HOLD = r"""
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0)
while "\nTracerPid:\t0\n" in open("/proc/self/status").read():
    time.sleep(0.05)
os.execv(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Symbols:
    """Files with symbols: the `main` one, and `more` at the addresses they are linked to."""

    main: Path | None = None
    more: tuple[Path, ...] = ()


def held(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the command that becomes `argv` when a debugger has attached to it."""
    return (sys.executable, "-S", "-c", _HOLD, *argv)


def find_debugger(build: BuildSide) -> str:
    """Return the debugger for a build: the tool chain's, else one of the distribution.

    Raises `EnvironmentProblem` when there is none for the build's processor.
    """
    candidates = [build.variable("CROSS_DEV_PREFIX") + "gdb", "gdb-multiarch"]
    if platform.machine() in ("x86_64", "i686") and "x86" in build.specs:
        candidates.append("gdb")
    for name in dict.fromkeys(candidates):
        if name == "gdb" and "x86" not in build.specs:
            continue  # it knows the host's processor alone
        if find_program(name):
            return name
    wanted = " nor ".join(dict.fromkeys(candidates))
    raise EnvironmentProblem(
        f"no debugger for this system: neither {wanted} is installed",
        hint=how_to_get("gdb-multiarch"),
    )


def commands_for(build: BuildSide, symbols: Symbols, target: Sequence[str]) -> str:
    """Return what the debugger does first: symbols, a command for more of them, `target`."""
    debug = build.path / "debug"
    places = dict.fromkeys(one.parent for one in build.repositories)
    lines = [f"cd {_quoted(build.path)}", *(f"directory {_quoted(one)}" for one in places)]
    if symbols.main:
        lines.append(f"file {_quoted(symbols.main)}")
    lines += [f"add-symbol-file {_quoted(path)}" for path in symbols.more]
    lines += [
        "define symbols-of",
        f"  add-symbol-file {_quoted(debug)}/$arg0",
        "end",
        "document symbols-of",
        "Add the symbols of a component: symbols-of NAME, with its file name in debug/.",
        "Components have address spaces of their own, most of them are linked to the same address.",
        "end",
        *target,
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    text = str(path)
    plain = text.replace("/", "").replace("-", "").replace("_", "").replace(".", "")
    return text if plain.isalnum() else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Debugger:
    """A debugger on the user's terminal, which it has for itself; a `Watcher` of waits."""

    def __init__(self, argv: Sequence[str], user: UserSide, cwd: Path) -> None:
        """Start it. Raises `EnvironmentProblem`."""
        self._child: Child | None = spawn(
            argv, cwd=cwd, stdin=user.fileno(), new_session=False, own_group=True
        )
        # A descriptor that waits can watch: no other one shows that a process has ended.
        self._end = os.pidfd_open(self._child.pid)
        self._terminal = contextlib.ExitStack()
        self._terminal.enter_context(user.lent(self._child.pid))
        self._name = argv[0]

    @property
    def running(self) -> bool:
        """Return whether it has not ended yet."""
        return self._child is not None

    def fileno(self) -> int:
        """The descriptor to wait on; negative when there is nothing left to watch."""
        return self._end if self._child else -1

    def react(self) -> Exception | None:
        """End the run: the debugger has exited."""
        self.stop()
        return ScenarioStop(Outcome.INTERRUPTED, f"{self._name} ended before the script did")

    def stop(self) -> None:
        """End it, if it still runs, and take the terminal back."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.poll() is None:
            kill_group(child)
            child.wait(_END_SECONDS)
        os.close(self._end)
        self._terminal.close()

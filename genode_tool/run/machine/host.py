"""A system that runs as a process of the host (Genode on Linux)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from genode_tool.deadline import Deadline
from genode_tool.process import kill_session
from genode_tool.run.console.wait import Watcher
from genode_tool.run.machine.base import ProgramMedium
from genode_tool.run.machine.debugger import held
from genode_tool.run.machine.exit_status import describe_status

if TYPE_CHECKING:
    from genode_tool.run.console.streams import Program

_END_SECONDS = 2.0


class HostProcess:
    """A program on a terminal, with all its descendants in a process group of its own."""

    def __init__(
        self,
        medium: ProgramMedium,
        env: Mapping[str, str] | None = None,
        *,
        echo: bool = False,
        debugged: bool = False,
    ) -> None:
        """Describe the system.

        `echo` makes the terminal repeat what is sent, for a user who types. One that is
        `debugged` is stopped before its first instruction.
        """
        self._medium = medium
        self._env = env
        self._echo = echo
        self._debugged = debugged
        self._child: Program | None = None
        self._status: int | None = None
        self._end = -1

    @property
    def command(self) -> tuple[str, ...]:
        """The exact command line; empty before `start`."""
        return self._medium.argv

    @property
    def pid(self) -> int:
        """The process id of the system; 0 before `start`."""
        return self._child.pid if self._child else 0

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        """The end of core: components that outlive it keep the terminal open."""
        return (self,)

    def fileno(self) -> int:
        """The descriptor that becomes readable when core ends; negative after that."""
        return self._end

    def react(self) -> None:
        """Kill what core has left behind, so that the terminal ends."""
        assert self._child is not None
        self._forget_end()
        kill_session(self._child.pid)

    @property
    def debug_target(self) -> tuple[str, ...]:
        """The debugger's commands that attach it; the system stops again where core begins."""
        # The program that holds core is still there; it becomes core by exec(2).
        return (f"attach {self.pid}", "tcatch exec", "continue")

    def start(self, deadline: Deadline) -> Program:
        """Start core as a process on a terminal of its own."""
        from genode_tool.run.console.streams import Program

        del deadline
        argv = held(self._medium.argv) if self._debugged else self._medium.argv
        self._child = Program(
            argv,
            cwd=self._medium.directory,
            env=self._env,
            echo=self._echo,
            controlling=False,  # Ctrl-C is a key for the system, not the end of core
        )
        with contextlib.suppress(OSError):  # a kernel or sandbox without pidfd_open(2)
            self._end = os.pidfd_open(self._child.pid)
        return self._child

    def why_ended(self) -> str:
        """Return in one sentence why the console's text ended."""
        name = self._medium.argv[0].removeprefix("./")
        if self._child is None:
            return f"{name} was never started"
        if self._status is None:
            self._status = self._child.exit_status(_END_SECONDS)
        if self._status is None:
            return f"{name} closed its output but is still running"
        return f"{name} {describe_status(self._status)}"

    def stop(self) -> None:
        """Kill core and all its components."""
        self._forget_end()
        if self._child:
            self._child.close()
            self._status = self._child.exit_status() if self._status is None else self._status

    def _forget_end(self) -> None:
        end, self._end = self._end, -1
        if end >= 0:
            os.close(end)

"""The seam that all machines share, and the media they start from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from genode_tool.deadline import Deadline
from genode_tool.run.console.wait import Watcher

if TYPE_CHECKING:
    from pexpect.spawnbase import SpawnBase


@dataclass(frozen=True, slots=True)
class ProgramMedium:
    """A program of the host, started in `directory`."""

    directory: Path
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that is loaded besides the kernel, with the text that the kernel gets with it."""

    path: Path
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class KernelMedium:
    """An image that the machine's firmware or QEMU itself loads, with boot modules if any."""

    image: Path
    command_line: str = ""
    modules: tuple[LoadedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class DiskMedium:
    """An image with a boot loader: a CD (`cd`) or a disk; `uefi` if it needs UEFI firmware."""

    image: Path
    cd: bool = False
    uefi: bool = False


Medium = ProgramMedium | KernelMedium | DiskMedium


class Machine(Protocol):
    """A system that can be started, listened to and stopped."""

    @property
    def command(self) -> tuple[str, ...]:
        """The exact command line; empty before `start`."""

    @property
    def pid(self) -> int:
        """The process id of what runs the system; 0 before `start`."""

    @property
    def watchers(self) -> tuple[Watcher, ...]:
        """The watchers that take part in a wait, besides the console."""

    def start(self, deadline: Deadline) -> SpawnBase[str]:
        """Start the machine and return its console's stream.

        Raises `EnvironmentProblem` when the machine cannot be started or is not up in time.
        """

    def why_ended(self) -> str:
        """Return in one sentence why the console's text ended; the machine is reaped if needed."""

    def stop(self) -> None:
        """Stop the machine and everything that belongs to it; may be called more than once."""


@runtime_checkable
class HasScreen(Protocol):
    """A machine with a screen."""

    def screenshot(self, target: Path) -> str:
        """Write the screen as PNG to `target`; return why that was not possible, or ""."""

"""The boot entry of a system: what a boot loader has to load, from whatever medium."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class BootProtocol(Enum):
    """The way to start a PC's kernel; the value is GRUB's command and module."""

    MULTIBOOT = "multiboot"
    MULTIBOOT2 = "multiboot2"

    @property
    def module_command(self) -> str:
        """GRUB's command for a module."""
        return "module" if self is BootProtocol.MULTIBOOT else "module2"


@dataclass(frozen=True, slots=True)
class BootFile:
    """A file that the boot loader brings into memory.

    `name` is what it is called in the medium's directory `boot`, `arguments` the text that the
    kernel gets with it.
    """

    path: Path
    name: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class BootEntry:
    """The kernel and its modules, in order; `title` stands in the boot loader's menu."""

    title: str
    protocol: BootProtocol
    kernel: BootFile
    modules: tuple[BootFile, ...] = ()

    @property
    def files(self) -> tuple[BootFile, ...]:
        """All files, the kernel first."""
        return (self.kernel, *self.modules)

    def digest(self) -> str:
        """Return a SHA-256 (hexadecimal) over names, arguments and contents.

        Raises `OSError` when a file cannot be read.
        """
        total = hashlib.sha256(f"{self.title}\0{self.protocol.value}\0".encode())
        for file in self.files:
            total.update(f"{file.name}\0{file.arguments}\0".encode())
            with file.path.open("rb") as stream:
                total.update(hashlib.file_digest(stream, "sha256").digest())
        return total.hexdigest()

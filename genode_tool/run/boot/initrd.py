"""The initial RAM disk of a Linux kernel.

Format: cpio "newc", as the Linux documentation describes it in "initramfs buffer format": a
header of fixed-width hexadecimal numbers, the name, the content, each padded to four bytes. Owner
is root and the time 0, so that the same input gives the same bytes.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from genode_tool.binary.boot_modules import BootModule
from genode_tool.files import cannot_write, replacing

_TRAILER = "TRAILER!!!"
_DIRECTORIES = ("tmp", "dev", "genode")
_PLATFORM_INFO = ("genode/platform_info", "../dev/platform_info")


def write_initrd(target: Path, init: Path, modules: Iterable[BootModule]) -> None:
    """Write a RAM disk with `init` as its first program and `modules` in `/genode`, in one step.

    Raises `EnvironmentProblem` when it cannot be written.
    """
    try:
        with replacing(target) as part, part.open("wb") as out:
            _entry(out, "init", stat.S_IFREG | 0o755, init.read_bytes())
            for name in _DIRECTORIES:
                _entry(out, name, stat.S_IFDIR | 0o755, b"")
            for module in modules:
                content = module.path.read_bytes()
                _entry(out, f"genode/{module.name}", stat.S_IFREG | 0o755, content)
            link, destination = _PLATFORM_INFO
            _entry(out, link, stat.S_IFLNK | 0o777, destination.encode())
            _entry(out, _TRAILER, 0, b"")
    except OSError as error:
        raise cannot_write(target, error) from error


def _entry(out: IO[bytes], name: str, mode: int, content: bytes) -> None:
    encoded = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    out.write(_padded(header + encoded))
    out.write(_padded(content))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)

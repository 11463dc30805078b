"""Namespaces (namespaces(7)) for a process that has no other threads: what it sees is its own.

All file systems but the writable directories are read-only, modes and times included. Other
processes do not exist, and end with the first one of the namespace. There is no network.
An ordinary user needs user namespaces, which some systems do not grant.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

from genode_tool.sandbox.capabilities import give_up_capabilities
from genode_tool.sandbox.system_calls import MOUNT_SETATTR, libc

# linux/sched.h, sys/mount.h, linux/mount.h
_NEW_MOUNTS, _NEW_IPC, _NEW_USER, _NEW_PROCESSES, _NEW_NETWORK = (
    *(0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000),
)
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_EXECUTION = 1, 2, 4, 8
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_HERE, _DEEPLY = -100, 0x8000  # AT_FDCWD, AT_RECURSIVE

SHARED_MEMORY = Path("/dev/shm")
"""A directory of its own inside."""


def enter(writable: Sequence[Path], *, network: bool) -> bool:
    """Leave the namespaces of the system; children of this process are in new ones from now on.

    The first child has to call `settle`. Returns false, and may have left some namespaces, when
    the system does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    flags = _NEW_MOUNTS | _NEW_IPC | _NEW_PROCESSES | (0 if network else _NEW_NETWORK)
    if user != 0:
        flags |= _NEW_USER
    if libc().unshare(flags) != 0:
        return False
    try:
        if user != 0:
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{user} {user} 1")
            _write("/proc/self/gid_map", f"{group} {group} 1")
        if not _mount(None, "/", None, _PRIVATE | _RECURSIVE):
            return False
        for path in writable:
            if not _mount(str(path), str(path), None, _BIND | _RECURSIVE):
                return False
        if not _set_attributes("/", _READ_ONLY, 0, deeply=True):
            return False
        if not all(_set_attributes(str(path), 0, _READ_ONLY) for path in writable):
            return False
        if SHARED_MEMORY.is_dir():
            return _mount("tmpfs", str(SHARED_MEMORY), "tmpfs", _NO_SETUID | _NO_DEVICES)
    except OSError:
        return False
    return True


def settle() -> bool:
    """Show the processes of the new namespace in /proc; give up the right to change mounts."""
    return (
        _mount("proc", "/proc", "proc", _NO_SETUID | _NO_DEVICES | _NO_EXECUTION)
        and give_up_capabilities()
    )


def _mount(source: str | None, target: str, kind: str | None, flags: int) -> bool:
    words = [None if one is None else os.fsencode(one) for one in (source, target, kind)]
    return bool(libc().mount(*words, ctypes.c_ulong(flags), None) == 0)


def _set_attributes(path: str, added: int, cleared: int, *, deeply: bool = False) -> bool:
    """Call mount_setattr(2), which Linux has since 5.12."""
    attributes = struct.pack("4Q", added, cleared, 0, 0)
    flags = _DEEPLY if deeply else 0
    words = (_HERE, os.fsencode(path), flags, attributes, len(attributes))
    return bool(libc().syscall(MOUNT_SETATTR, *words) == 0)


def _write(path: str, text: str) -> None:
    # Not `Path.write_text`: the file must neither be created nor truncated.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)

"""Landlock (landlock(7)): a thread gives up rights to files for itself and all that it starts.

Since Linux 5.19 (version 2 of the interface) for files, 6.7 (4) for TCP ports, 6.12 (6) for
signals and abstract sockets. With any version, confined processes cannot trace others or read
their memory and environment.
"""

from __future__ import annotations

import ctypes
import functools
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from genode_tool.sandbox.system_calls import (
    LANDLOCK_ADD_RULE,
    LANDLOCK_CREATE_RULESET,
    LANDLOCK_RESTRICT_SELF,
    give_up_privileges,
    libc,
)

# linux/landlock.h
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_PATH_BENEATH = 1
# LANDLOCK_ACCESS_FS_*: WRITE_FILE, READ_FILE; REMOVE_DIR … MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV.
_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_WRITE = _WRITE_FILE | 0b1_1111_1111 << 4
_REFER = 1 << 13
_TRUNCATE = 1 << 14
_IOCTL_DEVICE = 1 << 15
_NET = 0b11  # LANDLOCK_ACCESS_NET_BIND_TCP, …_CONNECT_TCP
_SCOPES = 0b11  # LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, …_SIGNAL

FIRST_USABLE, WITH_TRUNCATION, WITH_TCP, WITH_DEVICES, WITH_SCOPES = 2, 3, 4, 5, 6
"""Versions of the interface. The first one denies each move from one directory to another."""

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
_READABLE_DEVICES = ("/dev/random", "/dev/urandom")
_MEMORY_FILES = ("/dev/shm", "/dev/hugepages")  # somebody's source tree may be there


@functools.cache
def version() -> int:
    """Return the version of Landlock that the kernel has, 0 for none."""
    return max(0, int(libc().syscall(LANDLOCK_CREATE_RULESET, None, 0, _VERSION)))


def restrict(writable: Sequence[Path], *, network: bool) -> bool:
    """Confine writes of this thread and its children to `writable`; return false if unsupported.

    Without `network` they cannot use TCP ports, either. Devices other than the harmless ones
    cannot be written or read: what is typed into a terminal is no file. Nor can sockets and
    processes outside be reached, as far as the kernel can prevent it.
    """
    found = version()
    if found < FIRST_USABLE:
        return False
    rights = _WRITE | _REFER | _READ_FILE
    rights |= _TRUNCATE if found >= WITH_TRUNCATION else 0
    rights |= _IOCTL_DEVICE if found >= WITH_DEVICES else 0
    ports = _NET if not network else 0
    # One field, then two, then three: the kernel refuses what it does not know.
    size = 24 if found >= WITH_SCOPES else 16 if found >= WITH_TCP else 8
    ruleset = struct.pack("QQQ", rights, ports, _SCOPES)[:size]
    handle = libc().syscall(LANDLOCK_CREATE_RULESET, ruleset, size, 0)
    if handle < 0:
        return False
    try:
        for path in (*writable, *(Path(one) for one in _DEVICES)):
            if path.exists():
                _allow(handle, path, rights)
        for path in _readable():
            _allow(handle, path, _READ_FILE)
        return give_up_privileges() and libc().syscall(LANDLOCK_RESTRICT_SELF, handle, 0) == 0
    finally:
        os.close(handle)


def _readable() -> Iterator[Path]:
    """Yield the places of which all files may be read: everything but devices."""
    for path in Path("/").iterdir():
        if path.name != "dev" and path.exists():
            yield path
    for name in (*_READABLE_DEVICES, *_MEMORY_FILES):
        if Path(name).exists():
            yield Path(name)


def _allow(handle: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not ours to see, or gone
        return
    try:
        # The kernel refuses rights of directories for a plain file.
        if not path.is_dir():
            rights &= _WRITE_FILE | _READ_FILE | _TRUNCATE
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place))
        libc().syscall(LANDLOCK_ADD_RULE, handle, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)

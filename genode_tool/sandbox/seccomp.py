"""Filters of system calls (seccomp(2)): what Landlock does not cover.

A filter is a program for the kernel's packet filter (BPF) that looks at the number and the
arguments of each system call. It denies with EPERM what a build never needs, or what reaches
other processes; on x86-64, 32-bit programs go through the same rules, with their own numbers.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from genode_tool.sandbox.system_calls import MACHINE, give_up_privileges, libc, number, prctl

# linux/seccomp.h, linux/audit.h, linux/bpf_common.h
_SET_SECCOMP, _MODE_FILTER = 22, 2
_GET_ACTION_AVAIL = 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_ARCHITECTURES = {
    "x86_64": 0xC000003E,
    "aarch64": 0xC00000B7,
    "riscv64": 0xC00000F3,
    "loongarch64": 0xC0000102,
}
_I386 = 0x40000003
_X32 = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN, _AND, _JUMP = 0x20, 0x15, 0x35, 0x06, 0x54, 0x05
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_TIOCSTI, _TIOCSCTTY, _TIOCLINUX = 0x5412, 0x540E, 0x541C
# FS_IOC_SETFLAGS, …32_SETFLAGS, …SETVERSION, …FSSETXATTR, …ENABLE_VERITY, …SET_ENCRYPTION_POLICY:
# a descriptor for reading is enough for them
_ATTRIBUTES_BY_IOCTL = (
    *(0x40086602, 0x40046602, 0x40087602, 0x40047602, 0x401C5820, 0x40806685, 0x800C6613),
)

# Of BTRFS_IOC_*, which make and remove subvolumes with a descriptor for reading, those that all
# file systems have: FICLONE, FICLONERANGE, FIDEDUPERANGE
_BTRFS, _TYPE = 0x9400, 0xFF00
_CLONES = (0x40049409, 0x4020940D, 0xC0189436)

_ALWAYS = (
    # other processes' memory, descriptors and keys
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    *("perf_event_open", "bpf", "userfaultfd", "add_key", "request_key", "keyctl"),
    # a second way to nearly all system calls, which no filter sees
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    # the system itself
    *("mount", "umount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsconfig"),
    *("open_tree_attr", "quotactl_fd"),
    *("fsmount", "fspick", "mount_setattr", "setns", "unshare", "chroot", "open_by_handle_at"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    *("swapon", "swapoff", "acct", "quotactl", "syslog", "iopl", "ioperm", "vhangup"),
    *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname"),
    *("setdomainname", "fanotify_init"),
)
_ATTRIBUTES = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("chown32", "fchown32", "lchown32", "utime", "utimes", "futimesat", "utimensat"),
    *("utimensat_time64", "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr"),
    *("lremovexattr", "fremovexattr", "removexattrat", "file_setattr"),
)
_IPC = (
    *("shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop", "semtimedop_time64"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink", "ipc"),
)
"""Objects that all processes of a user share, beside files; a namespace has its own."""

_OF_ITSELF = {
    "setpriority": ((0, 0), (1, 0)),
    "ioprio_set": ((0, 1), (1, 0)),
    "sched_setparam": ((0, 0),),
    "sched_setscheduler": ((0, 0),),
    "sched_setattr": ((0, 0),),
    "sched_setaffinity": ((0, 0),),
    "prlimit64": ((0, 0),),
    "migrate_pages": ((0, 0),),
    "move_pages": ((0, 0),),
}
"""Calls that are fine when a process makes them for itself: arguments and the value each has."""

# AF_INET, AF_INET6. Not AF_UNIX: a service behind a socket in the file system, such as docker's,
# acts for whoever asks.
_SOCKET_FAMILIES = (2, 10)
_SOCKET_KINDS = (1, 2, 5)  # SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET
_NETLINK, _ROUTES = 16, 0  # NETLINK_ROUTE, for name services
_UNIX, _DATAGRAMS = 1, 2
_SOCKET_KIND = 0xF
_MPTCP = 262

Instruction = tuple[int, int, int, int]


def available() -> bool:
    """Return whether the kernel has filters, and their form for this architecture is known."""
    call = number("seccomp")
    if call is None or MACHINE not in _ARCHITECTURES:
        return False
    action = ctypes.c_uint32(_ERRNO)
    return bool(libc().syscall(call, _GET_ACTION_AVAIL, 0, ctypes.byref(action)) == 0)


def restrict(*, network: bool, attributes: bool, ipc: bool) -> bool:
    """Filter the system calls of this thread and its children; return false if unsupported.

    Without `network` there are no sockets, but pairs of connected ones; with it, those of the
    internet. Without `attributes`,
    calls that change modes, owners, times and extended attributes of files have no effect. Without
    `ipc`, there are no objects of System V and no message queues.
    """
    if not available():
        return False
    packed = _packed(network, attributes, ipc)
    content = ctypes.create_string_buffer(packed, len(packed))
    # struct sock_fprog of linux/filter.h: the number of instructions, and where they are
    given = ctypes.create_string_buffer(
        struct.pack("HP", len(packed) // 8, ctypes.addressof(content))
    )
    return give_up_privileges() and prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(given))


@functools.cache
def _packed(network: bool, attributes: bool, ipc: bool) -> bytes:
    code = program(network=network, attributes=attributes, ipc=ipc)
    return b"".join(struct.pack("HBBI", *one) for one in code)


def program(*, network: bool, attributes: bool, ipc: bool) -> list[Instruction]:
    """Return the filter, instruction by instruction; see `restrict`."""
    rules = _Rules(network, attributes, ipc)
    native = [(_LOAD, 0, 0, _NUMBER)]
    if MACHINE == "x86_64":
        native += [(_AT_LEAST, 0, 1, _X32), _deny(errno.ENOSYS)]
    native += [*rules.of_architecture(compatible=False), _allow()]
    code = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, _ARCHITECTURES[MACHINE])]
    if MACHINE != "x86_64":
        return [*code, _deny(errno.EPERM), *native]
    # Jumps of conditions reach 255 instructions, unconditional ones any distance.
    compatible = [(_LOAD, 0, 0, _NUMBER), *rules.of_architecture(compatible=True), _allow()]
    code += [(_JUMP, 0, 0, len(native)), *native]
    return [*code, (_EQUAL, 1, 0, _I386), _deny(errno.EPERM), *compatible]


@dataclass(frozen=True, slots=True)
class _Rules:
    network: bool
    attributes: bool
    ipc: bool

    def of_architecture(self, *, compatible: bool) -> Iterator[Instruction]:
        """Yield the rules; the number of the system call is loaded."""
        for name in _ALWAYS:
            yield from _for(name, [_deny(errno.EPERM)], compatible)
        if not self.attributes:
            for name in _ATTRIBUTES:  # without effect
                yield from _for(name, [_deny(0)], compatible)
        for name, wanted in _OF_ITSELF.items():
            yield from _for(name, list(_only(wanted)), compatible)
        for name in () if self.ipc else _IPC:
            yield from _for(name, [_deny(errno.ENOSYS)], compatible)
        refused: tuple[int, ...] = (_TIOCSTI, _TIOCSCTTY, _TIOCLINUX)
        if not self.attributes:
            refused += _ATTRIBUTES_BY_IOCTL
        yield from _for("ioctl", list(_ioctls(refused)), compatible)
        # Its arguments are in memory, where a filter does not see them. The C library does not
        # use it on kernels that have Landlock.
        yield from _for("socketcall", [_deny(errno.EPERM)], compatible)
        sockets = list(_sockets()) if self.network else [_deny(errno.EACCES)]
        yield from _for("socket", sockets, compatible)
        yield from _for("socketpair", list(_pairs()), compatible)


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _ALLOW)


def _deny(error: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | error)


def _for(name: str, body: list[Instruction], compatible: bool) -> Iterator[Instruction]:
    """Yield `body`, which returns, for one system call."""
    call = number(name, compatible=compatible)
    if call is not None:
        yield (_EQUAL, 0, len(body), call)
        yield from body


def _argument(index: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)  # the lower half, on little-endian machines


def _only(wanted: tuple[tuple[int, int], ...]) -> Iterator[Instruction]:
    """Allow the call if each argument has the value that is wanted."""
    for index, value in wanted:
        yield _argument(index)
        yield (_EQUAL, 1, 0, value)
        yield _deny(errno.EPERM)
    yield _allow()


def _ioctls(refused: tuple[int, ...]) -> Iterator[Instruction]:
    """Deny the requests `refused`, and those of btrfs but for copies of content."""
    yield _argument(1)
    for value in refused:
        yield (_EQUAL, 0, 1, value)
        yield _deny(errno.EPERM)
    for value in _CLONES:
        yield (_EQUAL, 0, 1, value)
        yield _allow()
    yield from ((_AND, 0, 0, _TYPE), (_EQUAL, 0, 1, _BTRFS), _deny(errno.EPERM), _allow())


def _pairs() -> Iterator[Instruction]:
    """Allow pairs of unix sockets, but no datagrams: these can be sent to any other socket."""
    yield from (_argument(0), (_EQUAL, 1, 0, _UNIX), _deny(errno.EACCES))
    yield from (_argument(1), (_AND, 0, 0, _SOCKET_KIND))
    yield from ((_EQUAL, 0, 1, _DATAGRAMS), _deny(errno.EACCES), _allow())


def _sockets() -> Iterator[Instruction]:
    """Allow usual sockets: no raw ones, no packets, no further families and protocols."""
    yield _argument(0)
    yield from ((_EQUAL, 0, 4, _NETLINK), _argument(2))  # which uses raw sockets only
    yield from ((_EQUAL, 0, 1, _ROUTES), _allow(), _deny(errno.EACCES))
    for position, family in enumerate(_SOCKET_FAMILIES):
        yield (_EQUAL, len(_SOCKET_FAMILIES) - position, 0, family)
    yield _deny(errno.EACCES)
    yield _argument(2)
    yield (_EQUAL, 0, 1, _MPTCP)
    yield _deny(errno.EACCES)
    yield _argument(1)
    yield (_AND, 0, 0, _SOCKET_KIND)
    for position, kind in enumerate(_SOCKET_KINDS):
        yield (_EQUAL, len(_SOCKET_KINDS) - position, 0, kind)
    yield _deny(errno.EACCES)
    yield _allow()

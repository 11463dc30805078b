"""System calls that the C library has no function for, and their numbers per architecture."""

from __future__ import annotations

import ctypes
import functools
import os
from typing import Any

# Same on all architectures since Linux 5.1.
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
MOUNT_SETATTR = 442

MACHINE = os.uname().machine
_COLUMN = {"x86_64": 0, "aarch64": 1, "riscv64": 1, "loongarch64": 1}.get(MACHINE)

# x86_64 (syscall_64.tbl), asm-generic/unistd.h, i386 (syscall_32.tbl); -1: has none.
_NUMBERS = {
    "acct": (163, 89, 51),
    "add_key": (248, 217, 286),
    "adjtimex": (159, 171, 124),
    "bpf": (321, 280, 357),
    "chmod": (90, -1, 15),
    "chown": (92, -1, 182),
    "chown32": (-1, -1, 212),
    "chroot": (161, 51, 61),
    "clock_adjtime": (305, 266, 343),
    "clock_settime": (227, 112, 264),
    "delete_module": (176, 106, 129),
    "fanotify_init": (300, 262, 338),
    "fchmod": (91, 52, 94),
    "fchmodat": (268, 53, 306),
    "fchmodat2": (452, 452, 452),
    "fchown": (93, 55, 95),
    "fchown32": (-1, -1, 207),
    "fchownat": (260, 54, 298),
    "file_setattr": (469, 469, 469),
    "finit_module": (313, 273, 350),
    "fremovexattr": (199, 16, 237),
    "fsconfig": (431, 431, 431),
    "fsetxattr": (190, 7, 228),
    "fsmount": (432, 432, 432),
    "fsopen": (430, 430, 430),
    "fspick": (433, 433, 433),
    "futimesat": (261, -1, 299),
    "init_module": (175, 105, 128),
    "io_uring_enter": (426, 426, 426),
    "io_uring_register": (427, 427, 427),
    "io_uring_setup": (425, 425, 425),
    "ioctl": (16, 29, 54),
    "ipc": (-1, -1, 117),
    "ioperm": (173, -1, 101),
    "iopl": (172, -1, 110),
    "ioprio_set": (251, 30, 289),
    "kcmp": (312, 272, 349),
    "kexec_file_load": (320, 294, -1),
    "kexec_load": (246, 104, 283),
    "keyctl": (250, 219, 288),
    "lchown": (94, -1, 16),
    "lchown32": (-1, -1, 198),
    "lremovexattr": (198, 15, 236),
    "lsetxattr": (189, 6, 227),
    "migrate_pages": (256, 238, 294),
    "mount": (165, 40, 21),
    "mount_setattr": (442, 442, 442),
    "move_mount": (429, 429, 429),
    "move_pages": (279, 239, 317),
    "open_by_handle_at": (304, 265, 342),
    "open_tree": (428, 428, 428),
    "open_tree_attr": (467, 467, 467),
    "mq_open": (240, 180, 277),
    "mq_unlink": (241, 181, 278),
    "msgctl": (71, 187, 402),
    "msgget": (68, 186, 399),
    "msgrcv": (70, 188, 401),
    "msgsnd": (69, 189, 400),
    "perf_event_open": (298, 241, 336),
    "pidfd_getfd": (438, 438, 438),
    "pivot_root": (155, 41, 217),
    "prlimit64": (302, 261, 340),
    "process_madvise": (440, 440, 440),
    "process_vm_readv": (310, 270, 347),
    "process_vm_writev": (311, 271, 348),
    "ptrace": (101, 117, 26),
    "quotactl": (179, 60, 131),
    "quotactl_fd": (443, 443, 443),
    "reboot": (169, 142, 88),
    "removexattr": (197, 14, 235),
    "removexattrat": (466, 466, 466),
    "request_key": (249, 218, 287),
    "sched_setaffinity": (203, 122, 241),
    "sched_setattr": (314, 274, 351),
    "sched_setparam": (142, 118, 154),
    "sched_setscheduler": (144, 119, 156),
    "seccomp": (317, 277, 354),
    "semctl": (66, 191, 394),
    "semget": (64, 190, 393),
    "semop": (65, 193, -1),
    "semtimedop": (220, 192, -1),
    "semtimedop_time64": (-1, -1, 420),
    "setdomainname": (171, 162, 121),
    "sethostname": (170, 161, 74),
    "setns": (308, 268, 346),
    "setpriority": (141, 140, 97),
    "settimeofday": (164, 170, 79),
    "setxattr": (188, 5, 226),
    "setxattrat": (463, 463, 463),
    "shmat": (30, 196, 397),
    "shmctl": (31, 195, 396),
    "shmget": (29, 194, 395),
    "socket": (41, 198, 359),
    "socketcall": (-1, -1, 102),
    "socketpair": (53, 199, 360),
    "swapoff": (168, 225, 115),
    "swapon": (167, 224, 87),
    "syslog": (103, 116, 103),
    "umount": (-1, -1, 22),
    "umount2": (166, 39, 52),
    "unshare": (272, 97, 310),
    "userfaultfd": (323, 282, 374),
    "utime": (132, -1, 30),
    "utimensat": (280, 88, 320),
    "utimensat_time64": (-1, -1, 412),
    "utimes": (235, -1, 271),
    "vhangup": (153, 58, 111),
}


def number(name: str, *, compatible: bool = False) -> int | None:
    """Return the number of a system call here, or None; `compatible`: that of 32-bit x86."""
    column = 2 if compatible else _COLUMN
    found = -1 if column is None else _NUMBERS[name][column]
    return None if found < 0 else found


@functools.cache
def libc() -> Any:
    """Return the C library; a call's error number is `ctypes.get_errno()`."""
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *values: int) -> bool:
    """Call prctl(2); return whether it succeeded."""
    padded = (*values, 0, 0, 0, 0)[:4]
    return bool(libc().prctl(option, *(ctypes.c_ulong(one) for one in padded)) == 0)


def give_up_privileges() -> bool:
    """Set `no_new_privs` of prctl(2), which the kernel wants before a thread confines itself."""
    return prctl(38, 1)

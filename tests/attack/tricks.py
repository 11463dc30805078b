"""System calls by which a confined program tries to get out.

`tricks.py NAME FILE NEW DIRECTORY PID` does the trick NAME. One that got something which it must
not have writes the file `got` into the current directory; what it changes outside, others see. Run
by the Python of the tests, standard library only.
"""

# System calls are called by their own names here.
# ruff: noqa: PTH101, PTH104, PTH115, PTH116, PTH123, PTH208, PTH211
from __future__ import annotations

import contextlib
import ctypes
import fcntl
import mmap
import os
import platform
import signal
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
X86 = platform.machine() == "x86_64"
CREATE, WRITE = os.O_CREAT, os.O_WRONLY

FILE, NEW, DIRECTORY, PID = "", "", "", 0
KEY, QUEUE = 0, b""
TRICKS: dict[str, Callable[[], object]] = {}


def shared_names(directory: str) -> tuple[int, str]:
    """Return the key and the name of the objects that belong to the outside in `directory`."""
    number = (os.stat(directory).st_ino << 1 | 1) & 0x7FFFFFFF  # never 0, IPC_PRIVATE
    return number, f"/genode-{number}"


def trick(function: Callable[[], object]) -> Callable[[], object]:
    """Register a function: what it returns says whether it got something."""
    TRICKS[function.__name__.replace("_", " ")] = function
    return function


def call(native: int, *arguments: object) -> int:
    """Make a system call by its number on x86_64, elsewhere only where all are the same."""
    if not X86 and native < 424:
        return -1
    return int(LIBC.syscall(native, *arguments))


@trick
def io_uring() -> object:
    return call(425, 8, ctypes.create_string_buffer(120)) >= 0


@trick
def openat2() -> object:
    how = struct.pack("QQQ", CREATE | WRITE, 0o644, 0)
    return call(437, -100, NEW.encode(), how, len(how)) >= 0


@trick
def a_program_in_memory() -> object:
    descriptor = os.memfd_create("x", 0)
    os.write(descriptor, f"#!/bin/sh\necho x > {NEW}\n".encode())
    if os.fork() == 0:
        os.execve(descriptor, ["x"], {})
    os.wait()
    return False


@trick
def clone_into_namespaces() -> object:
    for flags in (0x10000000, 0x10020000, 0x50000000):
        pid = call(56, flags | signal.SIGCHLD, 0, 0, 0, 0)
        if pid == 0:
            LIBC.mount(b"tmpfs", DIRECTORY.encode(), b"tmpfs", 0, None)
            with contextlib.suppress(OSError):
                Path(NEW).touch()
            Path(FILE).chmod(0o777)
            os._exit(0)
        if pid > 0:
            os.waitpid(pid, 0)
    return False


@trick
def clone3_into_namespaces() -> object:
    arguments = struct.pack("11Q", 0x10020000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
    pid = call(435, arguments, len(arguments))
    if pid == 0:
        LIBC.mount(None, b"/", None, 32 | 4096, None)
        with contextlib.suppress(OSError):
            Path(NEW).touch()
        os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)
    return False


@trick
def userfaultfd() -> object:
    return call(323, 0) >= 0


@trick
def a_signal_by_pidfd() -> object:
    descriptor = os.pidfd_open(PID)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    return True


@trick
def a_descriptor_by_pidfd() -> object:
    return call(438, os.pidfd_open(PID), 0, 0) >= 0


@trick
def inherited_descriptors() -> object:
    found = []
    here = os.fstat(os.open(".", os.O_RDONLY)).st_dev
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        with contextlib.suppress(OSError):
            status = os.fstat(number)
            writes = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE
            if number > 2 and stat.S_ISREG(status.st_mode) and writes and status.st_dev == here:
                found.append(number)
            if number > 2 and stat.S_ISSOCK(status.st_mode):
                found.append(number)
    return found


@trick
def another_s_descriptors() -> object:
    return os.readlink(f"/proc/{PID}/fd/0") or os.open(f"/proc/{PID}/fd/0", os.O_RDWR)


@trick
def a_second_opening() -> object:
    descriptor = os.open(FILE, os.O_RDONLY)
    return os.open(f"/proc/self/fd/{descriptor}", WRITE | os.O_TRUNC)


@trick
def a_race_of_links() -> object:
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            for target in ("own", FILE):
                with contextlib.suppress(OSError):
                    os.symlink(target, "next")
                    os.rename("next", "link")

    Path("own").touch()
    swapper = threading.Thread(target=swap)
    swapper.start()
    for _ in range(3000):
        with contextlib.suppress(OSError), open("link", "a") as file:
            file.write("x")
    over.set()
    swapper.join()
    return False


@trick
def a_race_of_directories() -> object:
    over = threading.Event()
    Path("d").mkdir()
    Path("l").symlink_to(DIRECTORY)

    def swap() -> None:
        while not over.is_set():
            call(316, -100, b"d", -100, b"l", 2)  # renameat2, RENAME_EXCHANGE

    swapper = threading.Thread(target=swap)
    swapper.start()
    for _ in range(3000):
        with contextlib.suppress(OSError):
            os.close(os.open("d/new", CREATE | WRITE))
    over.set()
    swapper.join()
    return False


@trick
def a_hard_link() -> object:
    os.link(FILE, "link")
    with open("link", "a") as file:
        file.write("x")
    return True


@trick
def an_exchange() -> object:
    Path("own").touch()
    return call(316, -100, b"own", -100, FILE.encode(), 2) == 0


@trick
def a_file_without_name() -> object:
    descriptor = os.open(DIRECTORY, os.O_TMPFILE | os.O_RDWR)
    os.link(f"/proc/self/fd/{descriptor}", NEW)
    return True


@trick
def a_link_by_descriptor() -> object:
    Path("own").touch()
    descriptor = os.open("own", os.O_RDONLY)
    return call(265, descriptor, b"", -100, NEW.encode(), 0x1000) == 0


@trick
def truncation() -> object:
    os.truncate(FILE, 0)
    return True


@trick
def extended_attributes() -> object:
    descriptor = os.open(FILE, os.O_RDONLY)
    for where in (FILE, descriptor, f"/proc/self/fd/{descriptor}"):
        with contextlib.suppress(OSError):
            os.setxattr(where, "user.x", b"x")
    return os.listxattr(FILE)


@trick
def modes_by_descriptor() -> object:
    descriptor = os.open(FILE, os.O_RDONLY)
    for mode in (os.fchmod, lambda one, bits: os.chmod(f"/proc/self/fd/{one}", bits)):
        with contextlib.suppress(OSError):
            mode(descriptor, 0o777)
    call(452, descriptor, b"", 0o777, 0x1000)  # fchmodat2, AT_EMPTY_PATH
    with contextlib.suppress(OSError):
        os.utime(descriptor, (1, 1))
    with contextlib.suppress(OSError):
        os.fchown(descriptor, 1, 1)
    return False


@trick
def flags_of_a_file() -> object:
    descriptor = os.open(FILE, os.O_RDONLY)
    before = bytearray(8)
    fcntl.ioctl(descriptor, 0x80086601, before)  # FS_IOC_GETFLAGS
    flags = struct.pack("Q", struct.unpack("Q", before)[0] | 0x40)  # no dump
    for number in (0x40086602, 0x40046602):
        with contextlib.suppress(OSError):
            fcntl.ioctl(descriptor, number, flags)
    extended = bytearray(28)
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, 0x801C581F, extended)  # FS_IOC_FSGETXATTR
        extended[0] |= 0x80
        fcntl.ioctl(descriptor, 0x401C5820, extended)
    with contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, 0x40087602, struct.pack("Q", 7))  # FS_IOC_SETVERSION
    after = bytearray(8)
    fcntl.ioctl(descriptor, 0x80086601, after)
    return before != after


@trick
def flags_by_file_setattr() -> object:
    attributes = struct.pack("QIIII", 0x80, 0, 0, 0, 0)
    call(469, -100, FILE.encode(), attributes, len(attributes), 0)
    return False


@trick
def typing_into_the_terminal() -> object:
    descriptor = os.open("/dev/tty", os.O_RDONLY)
    fcntl.ioctl(descriptor, 0x5412, b"x")
    return True


@trick
def keys() -> object:
    return call(248, b"user", b"genode", b"x", 1, -3) >= 0


@trick
def performance_counters() -> object:
    attributes = ctypes.create_string_buffer(struct.pack("II", 1, 128), 128)
    return call(298, attributes, PID, -1, -1, 0) >= 0


@trick
def bpf() -> object:
    return call(321, 0, ctypes.create_string_buffer(struct.pack("IIII", 1, 4, 4, 1), 120), 120) >= 0


def _family(family: int, kind: int = socket.SOCK_DGRAM, protocol: int = 0) -> bool:
    with contextlib.suppress(OSError):
        socket.socket(family, kind, protocol).close()
        return True
    return False


@trick
def rare_sockets() -> object:
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)
    return [
        (family, kind)
        for family in range(46)
        for kind in kinds
        if family not in (2, 10, 16) and _family(family, kind)
    ]


@trick
def netlink() -> object:
    return [one for one in range(1, 22) if _family(socket.AF_NETLINK, socket.SOCK_RAW, one)]


@trick
def routes_of_the_network() -> object:
    return _family(socket.AF_NETLINK, socket.SOCK_RAW)


@trick
def a_datagram_from_a_pair() -> object:
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendto(b"x", f"{DIRECTORY}/datagrams")
    return True


@trick
def a_pair_that_connects_again() -> object:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_SEQPACKET):
        with contextlib.suppress(OSError):
            one, _ = socket.socketpair(socket.AF_UNIX, kind)
            one.connect(f"{DIRECTORY}/datagrams")
            one.send(b"x")
    return False


@trick
def a_socket_s_name() -> object:
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    one.bind(NEW)
    return True


@trick
def shared_memory_of_system_v() -> object:
    LIBC.shmat.restype = ctypes.c_void_p
    address = LIBC.shmat(LIBC.shmget(KEY, 0, 0), None, 0)
    ctypes.memset(address, 120, 1)
    return True


@trick
def messages_of_system_v() -> object:
    return LIBC.msgsnd(LIBC.msgget(KEY, 0), struct.pack("q1s", 1, b"x"), 1, 0o4000) == 0


@trick
def semaphores_of_system_v() -> object:
    return LIBC.semop(LIBC.semget(KEY, 1, 0), struct.pack("HhH", 0, 1, 0o4000), 1) == 0


@trick
def removal_of_system_v() -> object:
    LIBC.shmctl(LIBC.shmget(KEY, 0, 0), 0, None)
    LIBC.msgctl(LIBC.msgget(KEY, 0), 0, None)
    LIBC.semctl(LIBC.semget(KEY, 1, 0), 0, 0)
    return False


@trick
def a_message_queue() -> object:
    queue = LIBC.mq_open(QUEUE, WRITE | os.O_NONBLOCK)
    return LIBC.mq_send(queue, b"x", 1, 0) == 0


@trick
def removal_of_a_message_queue() -> object:
    return LIBC.mq_unlink(QUEUE) == 0


@trick
def limits() -> object:
    return call(302, PID, 7, struct.pack("QQ", 3, 3), None) == 0


@trick
def affinity_and_scheduling() -> object:
    got = call(203, PID, 8, struct.pack("Q", 1)) == 0
    got |= call(144, PID, 3, struct.pack("i", 0)) == 0
    got |= call(251, 1, PID, 3 << 13) == 0
    got |= call(251, 3, os.getuid(), 3 << 13) == 0  # all of the user
    got |= call(141, 2, os.getuid(), 7) == 0
    got |= call(141, 1, os.getpgid(0), 7) == 0
    return got


@trick
def comparison_of_processes() -> object:
    return call(312, os.getpid(), PID, 0, 0, 0) >= 0


@trick
def memory_of_another() -> object:
    room = ctypes.create_string_buffer(8)
    vector = struct.pack("QQ", ctypes.addressof(room), 8)
    got = [call(number, PID, vector, 1, vector, 1, 0) for number in (310, 311)]
    got.append(call(101, 16, PID, 0, 0) + (-1))  # PTRACE_ATTACH
    return max(got) >= 0


@trick
def a_signal_by_a_descriptor() -> object:
    reader, writer = os.pipe()
    fcntl.fcntl(reader, 8, PID)  # F_SETOWN
    fcntl.fcntl(reader, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writer, b"x")
    time.sleep(0.05)
    return False


@trick
def signals_of_every_kind() -> object:
    for number in (62, 200, 234, 129, 297):  # kill, tkill, tgkill, rt_…queueinfo
        if number == 234:
            call(number, PID, PID, 9)
        elif number in (129, 297):
            information = ctypes.create_string_buffer(struct.pack("iii", 9, 0, -1), 128)
            call(number, *((PID, PID) if number == 297 else (PID,)), 9, information)
        else:
            call(number, PID, 9)
    return False


@trick
def a_fifo() -> object:
    os.write(os.open(f"{DIRECTORY}/fifo", os.O_RDWR | os.O_NONBLOCK), b"x")
    return True


@trick
def a_device() -> object:
    with contextlib.suppress(OSError):
        os.mknod("disk", stat.S_IFBLK | 0o600, os.stat("/").st_dev)
        os.open("disk", os.O_RDWR)
        return True
    return [name for name in ("kmsg", "mem", "sda", "vda", "tty0") if _opens(f"/dev/{name}")]


def _opens(path: str, flags: int = WRITE) -> bool:
    with contextlib.suppress(OSError):
        os.close(os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY))
        return True
    return False


@trick
def what_is_typed() -> object:
    known = {"null", "zero", "full", "random", "urandom", "stdin", "stdout", "stderr"}
    return [
        path
        for top, _, names in os.walk("/dev")
        for path in (f"{top}/{name}" for name in names)
        if os.path.basename(path) not in known  # noqa: PTH119
        and not stat.S_ISREG(os.stat(path, follow_symlinks=False).st_mode)
        and _opens(path, os.O_RDONLY)
    ]


@trick
def subvolumes_of_btrfs() -> object:
    """Ask for one: a file system that has none does not know the request."""
    descriptor = os.open(DIRECTORY, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, 0x5000940E, bytearray(b"new".ljust(4096, b"\0")))
    except OSError as error:
        return error.errno == 25  # ENOTTY: the request has arrived
    return True


@trick
def a_copy_of_content() -> object:
    Path("one").write_text("x")
    with open("one") as one, open("other", "w") as other, contextlib.suppress(OSError):
        fcntl.ioctl(other, 0x40049409, one.fileno())  # FICLONE
    descriptor = os.open(FILE, os.O_RDONLY)
    with open("one") as one, contextlib.suppress(OSError):
        fcntl.ioctl(descriptor, 0x40049409, one.fileno())
    return False


@trick
def locks_that_outlast() -> object:
    descriptor = os.open(FILE, os.O_RDONLY)
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, 1024, fcntl.F_WRLCK)  # F_SETLEASE
    with contextlib.suppress(OSError):
        fcntl.fcntl(descriptor, 1026, 0x80000002)  # F_NOTIFY
    return False


@trick
def the_system_s_settings() -> object:
    return [
        path
        for path in (
            "/proc/sys/kernel/hostname",
            "/proc/sysrq-trigger",
            f"/proc/{PID}/oom_score_adj",
        )
        if _opens(path)
    ]


@trick
def a_handle() -> object:
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
    mount = ctypes.c_int()
    directory = DIRECTORY.encode()
    if call(303, -100, directory, handle, ctypes.byref(mount), 0) != 0:
        return False
    return call(304, os.open(DIRECTORY, os.O_RDONLY), handle, WRITE) >= 0


@trick
def a_new_root() -> object:
    return any(call(number, b"/", b"/") == 0 for number in (161, 155))


@trick
def the_32_bit_interface() -> object:
    if not X86:
        return False
    code = mmap.mmap(-1, 8192, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, prot=7)
    start = ctypes.addressof(ctypes.c_char.from_buffer(code))
    code[4096 : 4096 + len(FILE) + 1] = FILE.encode() + b"\0"
    # push rbx; mov eax, edi; mov ebx, esi; mov ecx, edx; int 0x80; pop rbx; ret
    code[:11] = bytes.fromhex("53 89f8 89f3 89d1 cd80 5b c3".replace(" ", ""))
    enter = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_uint)(start)
    enter(15, start + 4096, 0o777)  # chmod
    enter(10, start + 4096, 0)  # unlink
    enter(37, PID, 9)  # kill
    return enter(359, 1, 2) >= 0 or enter(117, 23, KEY) >= 0  # socket, ipc: shmget


@trick
def the_x32_interface() -> object:
    call(0x40000000 | 90, FILE.encode(), 0o777)
    return call(0x40000000 | 41, 1, 2, 0) >= 0


def main() -> None:
    """Do one trick."""
    global FILE, NEW, DIRECTORY, PID, KEY, QUEUE
    name, FILE, NEW, DIRECTORY, pid = sys.argv[1:]
    PID = int(pid)
    KEY, queue = shared_names(DIRECTORY)
    QUEUE = queue.encode()
    got: object = None
    with contextlib.suppress(OSError, AttributeError):
        got = TRICKS[name]()
    if got:
        Path("got").write_text(f"{name}: {got}\n")


if __name__ == "__main__":
    main()

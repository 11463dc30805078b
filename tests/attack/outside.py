"""The world outside of a sandbox, and whether anything got out."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.sandbox import landlock, seccomp
from tests.attack.tricks import LIBC, X86, shared_names

confined_by_kernel = pytest.mark.skipif(
    landlock.version() < landlock.WITH_SCOPES or not seccomp.available(),
    reason="the kernel has no Landlock with scopes, or no seccomp",
)

PYTHON = sys.executable
SHARED_MEMORY = Path("/dev/shm/genode-attack")
TRICKS_FILE = Path(__file__).with_name("tricks.py")


class Objects:
    """Objects of System V, a message queue and a FIFO, which everybody may use."""

    def __init__(self, directory: Path) -> None:
        key, self._queue_name = shared_names(str(directory))
        LIBC.shmat.restype = ctypes.c_void_p
        new = 0o1666  # IPC_CREAT
        self._memory = LIBC.shmget(key, 128, new)
        self._room = LIBC.shmat(self._memory, None, 0)
        self._messages = LIBC.msgget(key, new)
        self._semaphores = LIBC.semget(key, 1, new)
        self._queue = LIBC.mq_open(
            self._queue_name.encode(), os.O_CREAT | os.O_RDONLY | os.O_NONBLOCK, 0o666, None
        )
        os.mkfifo(directory / "fifo", 0o666)
        self._fifo = os.open(directory / "fifo", os.O_RDONLY | os.O_NONBLOCK)

    def snapshot(self) -> tuple[object, ...]:
        """Return what they hold; messages are taken out."""
        room = ctypes.create_string_buffer(1 << 14)
        information = ctypes.create_string_buffer(512)
        return (
            ctypes.string_at(self._room, 128),
            LIBC.msgrcv(self._messages, room, 8000, 0, 0o4000),
            LIBC.semctl(self._semaphores, 0, 12),  # GETVAL
            LIBC.mq_receive(self._queue, room, len(room), None),
            os.read(self._fifo, 1),
            LIBC.shmctl(self._memory, 2, information),  # IPC_STAT
            Path(f"/dev/mqueue{self._queue_name}").exists(),
        )

    def close(self) -> None:
        """Remove them."""
        LIBC.shmdt(ctypes.c_void_p(self._room))
        LIBC.shmctl(self._memory, 0, None)
        LIBC.msgctl(self._messages, 0, None)
        LIBC.semctl(self._semaphores, 0, 0)
        LIBC.mq_close(self._queue)
        LIBC.mq_unlink(self._queue_name.encode())
        os.close(self._fifo)


@dataclass(slots=True)
class Outside:
    """A directory, a process, and sockets that wait to be reached."""

    directory: Path
    victim: subprocess.Popen[bytes]
    servers: dict[str, socket.socket]
    objects: Objects
    before: tuple[object, ...] = ()

    @property
    def file(self) -> Path:
        """A file with known content, mode and time."""
        return self.directory / "file"

    @property
    def new(self) -> Path:
        """A file that does not exist."""
        return self.directory / "new"

    def fill(self, text: str) -> str:
        """Return `text` with names of what is here in place of words such as `@FILE`."""
        trick = f"@PYTHON {TRICKS_FILE} '@NAME' @FILE @NEW @DIRECTORY @PID"
        if text.startswith("@TRICK "):
            text = trick.replace("@NAME", text.removeprefix("@TRICK "))
        for word, value in (
            ("@FILE", self.file),
            ("@NEW", self.new),
            ("@DIRECTORY", self.directory),
            ("@PID", self.victim.pid),
            ("@MAIN", os.getpid()),
            ("@TCP", self.port("tcp")),
            ("@UDP", self.port("udp")),
            ("@PYTHON", PYTHON),
        ):
            text = text.replace(word, str(value))
        return text

    def port(self, kind: str) -> int:
        """Return the port of the server for `kind`, tcp or udp."""
        return int(self.servers[kind].getsockname()[1])

    def snapshot(self) -> tuple[object, ...]:
        """Return all that must not change."""
        files = []
        for path in sorted(self.directory.rglob("*")):
            if path.is_fifo() or path.is_socket():
                continue
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            times = (status.st_mtime_ns, status.st_ctime_ns)
            files.append((path, content, status.st_mode, status.st_uid, times))
        return (files, self._victim(), self.reached(), self.objects.snapshot())

    def _victim(self) -> tuple[object, ...]:
        pid = self.victim.pid
        return (
            self.victim.poll(),
            os.getpriority(os.PRIO_PROCESS, pid),
            os.sched_getaffinity(pid),
            os.sched_getscheduler(pid),
            resource.prlimit(pid, resource.RLIMIT_NOFILE),
            LIBC.syscall(252, 1, pid) if X86 else 0,  # ioprio_get
        )

    def reached(self) -> list[str]:
        """Return the servers to which somebody has connected or sent something."""
        found = []
        for name, server in self.servers.items():
            server.setblocking(False)
            try:
                server.recv(1) if server.type is socket.SOCK_DGRAM else server.accept()
                found.append(name)
            except BlockingIOError:
                pass
        return found

    def untouched(self) -> bool:
        """Return whether everything is as it was, also a moment later."""
        return self.before == self.snapshot()


def make_outside(tmp_path: Path) -> Outside:
    """Return an outside in `tmp_path`; `close_outside` ends it."""
    directory = tmp_path / "outside"
    directory.mkdir()
    (directory / "file").write_text("b\na\n")
    os.utime(directory / "file", (1_000_000_000, 1_000_000_000))
    victim = subprocess.Popen(["sleep", "1000"], env={"SECRET": "s3cret"})
    servers = {"tcp": socket.socket(), "udp": socket.socket(type=socket.SOCK_DGRAM)}
    for one in servers.values():
        one.bind(("127.0.0.1", 0))
    servers["path"] = socket.socket(socket.AF_UNIX)
    servers["path"].bind(str(directory / "socket"))
    servers["datagrams"] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    servers["datagrams"].bind(str(directory / "datagrams"))
    servers["abstract"] = socket.socket(socket.AF_UNIX)
    servers["abstract"].bind(f"\0genode-attack-{os.getpid()}")
    for name in ("tcp", "path", "abstract"):
        servers[name].listen()
    found = Outside(directory, victim, servers, Objects(directory))
    found.before = found.snapshot()
    return found


def close_outside(outside: Outside) -> None:
    """End the processes and close the sockets."""
    outside.objects.close()
    outside.victim.kill()
    outside.victim.wait()
    for one in outside.servers.values():
        one.close()


def running(marker: str) -> list[int]:
    """Return the processes whose command line has the word `marker`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if marker.encode() in words:
                found.append(int(entry.name))
    return found


def kill_all(marker: str) -> None:
    """Kill what a failed test left behind."""
    for pid in running(marker):
        os.kill(pid, signal.SIGKILL)


def still_running(marker: str) -> list[int]:
    """Return the processes with `marker` that are there after those being killed are gone."""
    for _ in range(200):
        if not (found := running(marker)):
            break
        time.sleep(0.01)
    return found

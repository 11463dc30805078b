"""The world outside of a sandbox, and whether anything got out."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.sandbox import landlock, seccomp

confined_by_kernel = pytest.mark.skipif(
    landlock.version() < landlock.WITH_SCOPES or not seccomp.available(),
    reason="the kernel has no Landlock with scopes, or no seccomp",
)

PYTHON = sys.executable


@dataclass(slots=True)
class Outside:
    """A directory, a process, and sockets that wait to be reached."""

    directory: Path
    victim: subprocess.Popen[bytes]
    servers: dict[str, socket.socket]
    before: tuple[object, ...] = ()

    @property
    def file(self) -> Path:
        """A file with known content, mode and time."""
        return self.directory / "file"

    @property
    def new(self) -> Path:
        """A file that does not exist."""
        return self.directory / "new"

    def port(self, kind: str) -> int:
        """Return the port of the server for `kind`, tcp or udp."""
        return int(self.servers[kind].getsockname()[1])

    def snapshot(self) -> tuple[object, ...]:
        """Return all that must not change."""
        files = []
        for path in sorted(self.directory.rglob("*")):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            times = (status.st_mtime_ns, status.st_ctime_ns)
            files.append((path, content, status.st_mode, status.st_uid, times))
        priority = os.getpriority(os.PRIO_PROCESS, self.victim.pid)
        return (files, self.victim.poll(), priority, self.reached())

    def reached(self) -> list[str]:
        """Return the servers to which somebody has connected or sent something."""
        found = []
        for name, server in self.servers.items():
            server.setblocking(False)
            try:
                server.recv(1) if name.startswith("udp") else server.accept()
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
    servers["abstract"] = socket.socket(socket.AF_UNIX)
    servers["abstract"].bind(f"\0genode-attack-{os.getpid()}")
    for name in ("tcp", "path", "abstract"):
        servers[name].listen()
    found = Outside(directory, victim, servers)
    found.before = found.snapshot()
    return found


def close_outside(outside: Outside) -> None:
    """End the processes and close the sockets."""
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

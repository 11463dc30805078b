"""A board of the tests' own: a serial line and a power switch in the network, QEMU behind them.

The power switch speaks as a NETIO power plug does; the serial line is always there, as a terminal
server's is, whether the board has power or not.
"""

from __future__ import annotations

import contextlib
import select
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path


class Board:
    """Boots the file `image.elf` of a directory when it gets power."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.said: list[str] = []  # what the power switch was told
        self.boots = 0
        self.drops = 0  # how many connections of the line are still to be cut after a boot
        self._qemu: subprocess.Popen[bytes] | None = None
        self._serial: socket.socket | None = None
        self._line = socket.create_server(("127.0.0.1", 0))
        self._switch = socket.create_server(("127.0.0.1", 0))
        self._over = False
        self._threads = [
            threading.Thread(target=one, daemon=True) for one in (self._be_line, self._be_switch)
        ]
        for one in self._threads:
            one.start()

    @property
    def line(self) -> str:
        """Host and port of the serial line."""
        return f"127.0.0.1:{self._line.getsockname()[1]}"

    @property
    def switch(self) -> str:
        """Host and port of the power switch."""
        return f"127.0.0.1:{self._switch.getsockname()[1]}"

    @property
    def on(self) -> bool:
        """True if the board has power."""
        return self._qemu is not None

    def close(self) -> None:
        """Take everything away."""
        self._over = True
        self.power(False)
        for one in (self._line, self._switch):
            one.close()
        for thread in self._threads:
            thread.join(5)

    def power(self, on: bool) -> None:
        """Switch the board on or off."""
        if self._qemu:
            self._qemu.kill()
            self._qemu.wait()
            self._qemu = None
        if self._serial:
            self._serial.close()
            self._serial = None
        if not on:
            return
        self.boots += 1
        ours, theirs = socket.socketpair()
        self._qemu = subprocess.Popen(
            [
                *("qemu-system-x86_64", "-display", "none", "-m", "64"),
                *("-chardev", f"socket,id=line,fd={theirs.fileno()}", "-serial", "chardev:line"),
                *("-kernel", str(self.directory / "image.elf")),
            ],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._serial = ours

    def _be_line(self) -> None:
        while not self._over:
            if not select.select([self._line], [], [], 0.1)[0]:
                continue
            with contextlib.suppress(OSError), self._line.accept()[0] as user:
                self._relay(user)

    def _relay(self, user: socket.socket) -> None:
        passed = 0
        while not self._over:
            serial = self._serial
            sources = [user, serial] if serial and serial.fileno() >= 0 else [user]
            with contextlib.suppress(OSError, ValueError):
                ready = select.select(sources, [], [], 0.05)[0]
                if user in ready:
                    typed = user.recv(4096)
                    if not typed:
                        return
                    if serial:
                        serial.sendall(typed)
                if serial in ready and serial:
                    data = serial.recv(4096)
                    user.sendall(data)
                    passed += len(data)
            if self.drops and passed > 20:
                self.drops -= 1
                return

    def _be_switch(self) -> None:
        while not self._over:
            if not select.select([self._switch], [], [], 0.1)[0]:
                continue
            with contextlib.suppress(OSError):
                connection = self._switch.accept()[0]
                with connection, connection.makefile("rw", newline="\n") as talk:
                    talk.write("100 HELLO - KSHELL V1.3\r\n")
                    talk.flush()
                    for line in talk:
                        talk.write(self._answer(line.strip()) + "\r\n")
                        talk.flush()

    def _answer(self, line: str) -> str:
        self.said.append(line)
        match line.split():
            case ["port", _]:
                return f"250 {int(self.on)}"
            case ["port", _, "0"]:
                self.power(False)
            case ["port", _, "1" | "int"] | ["ON"]:
                self.power(True)
        return "250 OK"


@contextlib.contextmanager
def board(directory: Path) -> Iterator[Board]:
    """Have a board within the context."""
    directory.mkdir()
    one = Board(directory)
    try:
        yield one
    finally:
        one.close()

"""Confinement of recipes to the directories that they may write.

Landlock (landlock(7), usable since Linux 5.19) lets a thread give up rights for itself and for all
that it starts. So the rules of a port run in a thread of their own that can write below the
port's directory and its private one, and cannot connect to or listen on TCP ports (since Linux
6.7): what a recipe needs of the network is a download, with a hash. Our own steps run in the
thread that waits for it, which keeps its rights. Where the kernel cannot do this, recipes run
without.
"""

from __future__ import annotations

import ctypes
import functools
import os
import queue
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

_Result = TypeVar("_Result")

# System calls, the same on all architectures; linux/landlock.h.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

# LANDLOCK_ACCESS_FS_*: WRITE_FILE, then REMOVE_DIR … MAKE_SYM, REFER, TRUNCATE.
_WRITE_FILE = 1 << 1
_WRITE = _WRITE_FILE | 0b1_1111_1111 << 4
_REFER = 1 << 13
_TRUNCATE = 1 << 14
_NET = 0b11  # LANDLOCK_ACCESS_NET_BIND_TCP, …_CONNECT_TCP

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/fd", "/dev/shm")


@functools.cache
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


@functools.cache
def version() -> int:
    """Return the version of Landlock that the kernel has, 0 for none."""
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION)))


def restrict(writable: Sequence[Path], *, network: bool = False) -> bool:
    """Confine writes of this thread and its children to `writable`; return false if unsupported.

    Without `network` they cannot use TCP ports, either.
    """
    found = version()
    if found < 2:  # the first version denies each move from one directory to another
        return False
    rights = _WRITE | _REFER | (_TRUNCATE if found >= 3 else 0)
    ports = _NET if found >= 4 and not network else 0
    # Before version 4 a ruleset has one field, without rights for the network.
    ruleset = struct.pack("QQ", rights, ports)[: 16 if found >= 4 else 8]
    libc = _libc()
    handle = libc.syscall(_CREATE_RULESET, ruleset, len(ruleset), 0)
    if handle < 0:
        return False
    try:
        for path in (*writable, *(Path(one) for one in _DEVICES)):
            if path.exists():
                _allow(handle, path, rights)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            return False
        return bool(libc.syscall(_RESTRICT_SELF, handle, 0) == 0)
    finally:
        os.close(handle)


def _allow(handle: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        # The kernel refuses rights of directories for a plain file.
        if not path.is_dir():
            rights &= _WRITE_FILE | _TRUNCATE
        rule = struct.pack("=Qi", rights, place)
        _libc().syscall(_ADD_RULE, handle, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


class ConfinedThread:
    """A confined thread for recipes, and this thread, which serves it.

    `run(work)` carries `work` out in the confined thread; there, `run_outside(task)` has `task`
    carried out by the thread that called `run`. What either raises comes through. With
    `network`, recipes may connect to others. `confined` is set when the kernel supports it.
    """

    def __init__(self, writable: Sequence[Path], *, network: bool = False) -> None:
        self._writable = writable
        self._network = network
        self.confined = False
        self._requests: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._requests.put(None)

    def run(self, work: Callable[[], _Result]) -> _Result:
        """Carry out `work`, confined, and return what it returns."""
        box: list[_Result] = []
        errors: list[BaseException] = []

        def work_confined() -> None:
            try:
                self.confined = restrict(self._writable, network=self._network)
                box.append(work())
            except BaseException as error:  # raised by the waiting thread
                errors.append(error)
            finally:
                self._requests.put(None)

        thread = threading.Thread(target=work_confined, daemon=True)
        thread.start()
        while (request := self._requests.get()) is not None:
            request()
        thread.join()
        if errors:
            raise errors[0]
        return box[0]

    def run_outside(self, task: Callable[[], _Result]) -> _Result:
        """Carry out `task` in the thread that waits in `run`."""
        answers: queue.SimpleQueue[tuple[list[_Result], BaseException | None]]
        answers = queue.SimpleQueue()

        def serve() -> None:
            try:
                answers.put(([task()], None))
            except BaseException as error:  # belongs to the confined thread
                answers.put(([], error))

        self._requests.put(serve)
        results, error = answers.get()
        if error is not None:
            raise error
        return results[0]

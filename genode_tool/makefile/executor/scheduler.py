"""Tasks that wait for each other and for child processes, in one thread.

A task is a generator. It yields a `Start` to get another task going, a `Task` to wait for its
result, `SLOT` to get a job slot, or a child process to wait for its end. Tasks get going in the
order of a depth-first walk, which is the order in which make considers files.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from genode_tool.errors import GenodeError
from genode_tool.makefile.executor.jobserver import Jobserver
from genode_tool.makefile.problems import MakefileError
from genode_tool.record import record

if TYPE_CHECKING:
    import subprocess

Step = Generator[Any, Any, int]


# Milliseconds between two checks for a signal during a wait.
_INTERVAL = 1000


class Task:
    """A unit of work; `result` is 0 for success once it is `done`."""

    __slots__ = ("done", "name", "result", "started", "steps", "waiters", "waits")

    def __init__(self, name: str, steps: Step) -> None:
        self.name = name
        self.steps = steps
        self.done = False
        self.started = False
        self.result = 0
        self.waiters: list[Task] = []
        self.waits: list[Task] = []


@record
class Start:
    """Get a task going, and go on."""

    task: Task


class _Slot:
    pass


SLOT = _Slot()


class Scheduler:
    """Runs tasks; `jobs` processes at a time (0: without a limit).

    While the load average of the machine is `load` or more, only one. `check` is called now and
    then while children run; an exception that it raises ends the run.
    """

    def __init__(
        self,
        jobs: int,
        server: Jobserver | None,
        load: float | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        self.jobs = jobs
        self._load = load
        self.server = server
        self.running: dict[int, tuple[subprocess.Popen[bytes], Task]] = {}
        self._ready: list[tuple[Task, Any]] = []
        self._queue: deque[Task] = deque()
        self._tokens = 0
        self._used = 0
        self._check = check
        self._watched = select.poll()
        if server is not None:
            self._watched.register(server.read, select.POLLIN)

    def run(self, task: Task) -> int:
        """Run `task` and all that it starts, to the end; return its result.

        Raises `MakefileError` when it waits, through others, for itself.
        """
        if not task.started:
            task.started = True
            self._ready.append((task, None))
        while not task.done or self.running:
            if self._ready:
                self._step(*self._ready.pop())
            elif self._queue and self._slot():
                self._ready.append((self._queue.popleft(), None))
            elif self.running or self._queue:
                self._wait()
            else:
                raise MakefileError(f"circular dependency: '{task.name}' waits for itself")
        return task.result

    def finish(self) -> None:
        """Wait for the commands that run, after an error; further errors change nothing."""
        while self._ready or self.running:
            if self._ready:
                with suppress(GenodeError):
                    self._step(*self._ready.pop())
            else:
                self._wait()

    def _step(self, task: Task, value: Any) -> None:
        try:
            wanted = task.steps.send(value)
        except StopIteration as end:
            task.done = True
            task.result = end.value
            for waiter in reversed(task.waiters):
                self._ready.append((waiter, task.result))
            return
        if isinstance(wanted, Start):
            self._ready.append((task, None))
            other = wanted.task
            if not other.started:
                other.started = True
                self._ready.append((other, None))
        elif isinstance(wanted, Task):
            if wanted.done:
                self._ready.append((task, wanted.result))
                return
            wanted.waiters.append(task)
            if not wanted.started:
                wanted.started = True
                self._ready.append((wanted, None))
        elif wanted is SLOT:
            if not self._queue and self._slot():
                self._ready.append((task, None))
            else:
                self._queue.append(task)
        else:
            self._watch(wanted, task)

    def _slot(self) -> bool:
        if self.jobs and self._used >= self.jobs and self.server is None:
            return False
        if self._load is not None and self._used >= 1 and os.getloadavg()[0] >= self._load:
            return False
        if self.server is not None and self._used >= 1:
            if not self.server.acquire():
                return False
            self._tokens += 1
        self._used += 1
        return True

    def free(self) -> None:
        """Give a job slot back."""
        self._used -= 1
        if self._tokens and self.server is not None:
            self._tokens -= 1
            self.server.release()

    def _watch(self, child: subprocess.Popen[bytes], task: Task) -> None:
        descriptor = os.pidfd_open(child.pid)
        self.running[descriptor] = (child, task)
        self._watched.register(descriptor, select.POLLIN)

    def _wait(self) -> None:
        ready = self._watched.poll(_INTERVAL)
        if self._check is not None:
            self._check()
        for descriptor, _ in ready:
            if descriptor in self.running:
                self._ended(descriptor)
            elif self.server is not None and descriptor == self.server.read and not self._queue:
                # A token is there; only a queued task cares.
                self._wait_children()

    def _wait_children(self) -> None:
        """Wait for children alone, while no task waits for a token."""
        assert self.server is not None
        self._watched.unregister(self.server.read)
        try:
            for descriptor, _ in self._watched.poll(_INTERVAL) if self.running else ():
                self._ended(descriptor)
        finally:
            self._watched.register(self.server.read, select.POLLIN)

    def _ended(self, descriptor: int) -> None:
        child, task = self.running.pop(descriptor)
        self._watched.unregister(descriptor)
        os.close(descriptor)
        self._ready.append((task, child.wait()))


def reaches(start: Task, goal: Task) -> bool:
    """Tell whether `start` waits, through others, for `goal`."""
    seen: set[int] = set()
    open_ = [start]
    while open_:
        current = open_.pop()
        if current is goal:
            return True
        if current.done or id(current) in seen:
            continue
        seen.add(id(current))
        open_ += current.waits
    return False

"""A confined thread, for work that takes less than a copy of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from genode_tool.keeper import keeper
from genode_tool.sandbox.policy import Policy, confine_thread

_Result = TypeVar("_Result")


class ConfinedThread:
    """A thread in which several pieces of work are done one after the other. Close it afterwards.

    It shares the memory of this process, so the work itself has to be our own code.
    """

    def __init__(self, policy: Policy) -> None:
        keeper()  # one that a confined thread started could not end the other children
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._outside: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._error: BaseException | None = None
        threading.Thread(target=self._serve, args=(policy,), daemon=True).start()

    def run(self, work: Callable[[], _Result]) -> _Result:
        """Return the result of `work`, or raise what it raises; programs it starts are confined."""
        results: list[_Result] = []
        self._work.put(lambda: results.append(work()))
        while (outside := self._outside.get()) is not None:
            outside()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return results[0]

    def outside(self, work: Callable[[], None]) -> None:
        """Let the thread that called `run`, which is not confined, do `work`, meanwhile.

        To be called by what runs in the confined thread. What `work` raises ends `run`.
        """
        self._outside.put(work)

    def close(self) -> None:
        """Let the thread end. Work that was interrupted is not waited for."""
        self._work.put(None)

    def _serve(self, policy: Policy) -> None:
        confined = False
        while (work := self._work.get()) is not None:
            try:
                if not confined:
                    confine_thread(policy)
                    confined = True
                work()
            except BaseException as error:  # raised by the waiting thread
                self._error = error
            self._outside.put(None)


def in_confined_thread(policy: Policy, work: Callable[[], _Result]) -> _Result:
    """Return the result of `work`, or raise what it raises; programs it starts are confined."""
    thread = ConfinedThread(policy)
    try:
        return thread.run(work)
    finally:
        thread.close()

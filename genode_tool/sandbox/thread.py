"""A confined thread, for work that takes less than a copy of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from genode_tool.keeper import keeper
from genode_tool.sandbox.policy import Policy, confine_thread

_Result = TypeVar("_Result")


def in_confined_thread(policy: Policy, work: Callable[[], _Result]) -> _Result:
    """Return the result of `work`, or raise what it raises; programs it starts are confined.

    The thread shares the memory of this process, so `work` itself has to be our own code.
    """
    keeper()  # one that a confined thread started could not end the other children
    results: list[_Result] = []
    errors: list[BaseException] = []

    def confined() -> None:
        try:
            confine_thread(policy)
            results.append(work())
        except BaseException as error:  # raised by the waiting thread
            errors.append(error)

    thread = threading.Thread(target=confined, daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]

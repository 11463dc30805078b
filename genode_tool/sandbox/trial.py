"""Whether namespaces can be had, found by entering them in a copy of this process."""

from __future__ import annotations

import functools
import os

from genode_tool.fork import copy_process
from genode_tool.sandbox.policy import Policy, enter_namespaces, settle_in_namespaces


@functools.cache
def namespaces_allowed() -> bool:
    """Return whether this user can have processes, mounts and a network of its own."""
    pid = copy_process()
    if pid:
        return os.waitpid(pid, 0)[1] == 0
    status = 1
    try:
        if enter_namespaces(Policy(())):
            first = os.fork()
            if first == 0:
                status = 0 if settle_in_namespaces() else 1
            else:
                status = 1 if os.waitpid(first, 0)[1] else 0
    finally:
        os._exit(status)

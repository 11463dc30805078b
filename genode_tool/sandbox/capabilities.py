"""Capabilities (capabilities(7)): the privileges of root, given up but for what files need."""

from __future__ import annotations

import os
import struct

from genode_tool.sandbox.system_calls import libc, prctl

_DROP_BOUND = 24  # PR_CAPBSET_DROP
_VERSION = 0x20080522  # of the structures in linux/capability.h
_LAST = 40
# CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, SETGID, SETUID: for an archive's files.
_KEPT = frozenset((0, 1, 2, 3, 4, 6, 7))


def give_up_capabilities() -> bool:
    """Give up this thread's capabilities for good; root keeps what it needs to handle files.

    With `no_new_privs`, the programs that the thread starts have no more. Otherwise root could
    read the memory of other processes and change the system.
    """
    kept = _KEPT if os.geteuid() == 0 else frozenset()
    for one in range(_LAST + 1) if kept else ():  # what bounds programs of root
        if one not in kept:
            prctl(_DROP_BOUND, one)
    bits = sum(1 << one for one in kept)
    header = struct.pack("Ii", _VERSION, 0)
    # effective, permitted, inheritable: first the lower 32 capabilities, then the others
    data = struct.pack("6I", bits, bits, 0, 0, 0, 0)
    return bool(libc().capset(header, data) == 0)

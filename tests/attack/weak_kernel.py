"""Runs a program as on a kernel that lacks something: `weak_kernel.py LACKS PROGRAM ARGUMENT...`.

A filter of system calls makes those of Landlock, of seccomp or of namespaces fail as they do where
there are none. LACKS is a list of words, joined by commas.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from genode_tool.sandbox.system_calls import (
    LANDLOCK_CREATE_RULESET,
    give_up_privileges,
    number,
    prctl,
)

_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_FIRST, _FLAGS = 16, 32  # offsets of arguments in struct seccomp_data

Instruction = tuple[int, int, int, int]


def _fails(
    call: int | None, error: int, argument: tuple[int, int] | None = None
) -> list[Instruction]:
    """Return instructions that deny a call, if `argument` (offset, value) fits."""
    assert call is not None
    end = (_RETURN, 0, 0, _ERRNO | error)
    if argument is None:
        return [(_EQUAL, 0, 1, call), end]
    again = (_LOAD, 0, 0, 0)
    body = [(_LOAD, 0, 0, argument[0]), (_EQUAL, 0, 1, argument[1]), end, again]
    return [(_EQUAL, 0, len(body), call), *body]


def _filter(lacks: list[str]) -> list[Instruction]:
    code: list[Instruction] = [(_LOAD, 0, 0, 0)]
    for one in lacks:
        match one:
            case "landlock":
                code += _fails(LANDLOCK_CREATE_RULESET, errno.ENOSYS)
            case "seccomp":
                code += _fails(number("seccomp"), errno.ENOSYS)
                code += _fails(157, errno.EINVAL, (_FIRST, 22))  # prctl, PR_SET_SECCOMP
            case "namespaces":
                code += _fails(number("unshare"), errno.EPERM)
            case _:
                raise SystemExit(f"no such ability: {one}")
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def main() -> None:
    """Install the filter and become the program."""
    code = b"".join(struct.pack("HBBI", *one) for one in _filter(sys.argv[1].split(",")))
    content = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(
        struct.pack("HP", len(code) // 8, ctypes.addressof(content))
    )
    if not give_up_privileges() or not prctl(22, 2, ctypes.addressof(program)):
        raise SystemExit("no filters")
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()

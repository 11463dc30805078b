"""Calling the distribution's programs that make images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.process import find_program, run, scrubbed_environment
from genode_tool.programs import how_to_get

EPOCH = 1_000_000_000
"""The time of everything within images (seconds since 1970): the same input, the same bytes."""

_SECONDS = 600.0
_SYSTEM_PATHS = "/usr/sbin:/sbin"  # where mke2fs is, for a user who is not root


def call(argv: Sequence[str], *, env: dict[str, str] | None = None) -> bytes:
    """Run a program with clocks and locale set and return what it printed.

    Raises `EnvironmentProblem` when the program is missing, `UserError` with its last words
    when it fails.
    """
    path = os.environ.get("PATH", os.defpath) + os.pathsep + _SYSTEM_PATHS
    constant = {"PATH": path, "SOURCE_DATE_EPOCH": str(EPOCH), "TZ": "UTC", "LC_ALL": "C"}
    variables = scrubbed_environment({**constant, **(env or {})})
    program = find_program(argv[0], path)
    if program is None:
        raise EnvironmentProblem(f"`{argv[0]}` is not installed", hint=how_to_get(argv[0]))
    done = run((str(program), *argv[1:]), env=variables, timeout=_SECONDS)
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise UserError(
            f"making the image failed: {argv[0]}: {said[-1] if said else 'no message'}",
            trail=(*said[:-1][-8:], f"command: {done.command_line}"),
        )
    return done.stdout


def age(path: Path) -> None:
    """Give a file or directory the time that images show."""
    os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)

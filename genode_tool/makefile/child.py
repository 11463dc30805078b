"""Child processes as make starts them."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Sequence
from typing import Any

from genode_tool import process

_SHELL = "/bin/sh"


def start_command(argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program with the options of `process.spawn`; a script without `#!` gets a shell.

    Raises `process.CannotStart`.
    """
    # What make runs sees the environment that the makefile describes, and nothing else.
    options["marked"] = False
    try:
        return process.spawn(argv, **options)
    except process.CannotStart as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno == errno.ENOEXEC:
            return process.spawn([_SHELL, *argv], **options)
        raise

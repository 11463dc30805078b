"""The report of an internal error: a file with everything that a developer needs to know."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from genode_tool import __version__


def write_report(error: BaseException, words: Sequence[str]) -> Path | None:
    """Write a report to the directory for temporary files; None when that is impossible."""
    text = "\n".join(
        (
            f"genode {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"command: {shlex.join(['genode', *words])}",
            f"directory: {_directory()}",
            f"arguments: {sys.argv!r}",
            "",
            "".join(traceback.format_exception(error)),
        )
    )
    try:
        handle, name = tempfile.mkstemp(prefix="genode-crash-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError:
        return None
    return Path(name)


def _directory() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        return f"unknown ({error.strerror})"

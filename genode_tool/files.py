"""Writing files so that a reader sees the old or the new content, never a part."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from genode_tool.errors import EnvironmentProblem


def make_directory(path: Path | str) -> None:
    """Create a directory with all above it. Raises `EnvironmentProblem` when that fails."""
    try:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103 - called for each shell command
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot create {path}: {error.strerror}", hint="is the build directory writable?"
        ) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` beside `path` and rename it.

    Raises `EnvironmentProblem` when the disk is full or not writable; `path` is as before then.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise EnvironmentProblem(
            f"cannot write {path}: {error.strerror}",
            hint="free some space or choose another build directory"
            if error.errno in (28, 122)
            else "",
        ) from error


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write `content` unless the file holds it already; tell whether it was written."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    write_atomically(path, content)
    return True


def progress_log(artifacts: Iterable[str]) -> bytes:
    """Return `progress.log`, which names the artifacts of the last build."""
    lines = ["#", "# What the last build made: files in bin/ and debug/", "#"]
    lines += [f"BUILD_ARTIFACTS += {name}" for name in artifacts]
    return ("\n".join(lines) + "\n").encode(errors="surrogateescape")

"""Writing files, links and directories so that a reader sees the old or the new, never a part.

Everything is written beside its place and renamed (rename(2) replaces in one step). What a
killed process leaves is a hidden `.NAME.PID.N.part` beside the old content. The launcher uses
this module before any package is installed: standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.regex import regex

_serial = itertools.count()
_PART = regex(r"(?s)\..+\.(\d+)\.\d+\.part")


def cannot_write(path: Path | str, error: OSError, hint: str = "") -> EnvironmentProblem:
    """Return the error to raise when `path` cannot be written; a full disk has its own hint."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "free some space or choose another directory"
    return EnvironmentProblem(f"cannot write {path}: {error.strerror or error}", hint=hint)


def make_directory(path: Path | str, hint: str = "") -> None:
    """Create a directory with all above it. Raises `EnvironmentProblem` when that fails."""
    try:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103 - called for each shell command
    except OSError as error:
        raise EnvironmentProblem(f"cannot create {path}: {error.strerror}", hint=hint) from error


@contextlib.contextmanager
def replacing(path: Path, *, mode: int | None = None, durable: bool = False) -> Iterator[Path]:
    """Yield the path of a file to write, which replaces `path` when the block ends normally.

    `mode` are its permissions (default: as the umask has them). `durable` waits until content
    and name are on the disk, for what is read again after a power failure. An exception, or a
    block that wrote nothing, leaves `path` as it was. Raises `OSError`, as the block itself does.
    """
    part = _beside(path)
    try:
        yield part
        if mode is not None:
            part.chmod(mode)
        if durable:
            _sync(part)
        part.replace(path)
        if durable:
            _sync(path.parent)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def write_atomically(
    path: Path, content: bytes | str, *, mode: int | None = None, durable: bool = False
) -> None:
    """Replace the content of `path`, whose directory is created; text is written as UTF-8.

    `mode` and `durable` as for `replacing`. Raises `EnvironmentProblem` when the disk is full or
    not writable; `path` is as before then.
    """
    data = content.encode(errors="surrogateescape") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, mode=mode, durable=durable) as part:
            part.write_bytes(data)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_if_changed(path: Path, content: bytes | str) -> bool:
    """Write `content` unless the file holds it already; return whether it was written."""
    data = content.encode(errors="surrogateescape") if isinstance(content, str) else content
    with contextlib.suppress(OSError):
        if path.read_bytes() == data:
            return False
    write_atomically(path, data)
    return True


def replace_link(path: Path, target: Path | str) -> None:
    """Make `path` a symbolic link to `target`, in place of a file or link. Raises `OSError`."""
    part = _beside(path)
    try:
        part.symlink_to(target)
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """Yield an empty directory to fill, which becomes `path` when the block ends normally.

    One that another process made meanwhile stays, and ours is dropped. Raises `OSError`, as the
    block itself does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _beside(path)
    part.mkdir()
    try:
        yield part
        try:
            part.rename(path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def remove_tree(path: Path) -> None:
    """Remove a directory with all in it, write-protected ones included; none is fine, too.

    Raises `OSError`.
    """
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        if os.path.lexists(path):  # somebody else removes what is in it
            raise
    except PermissionError:
        path.chmod(0o700)
        # From the top down, so that each directory is opened up before it is entered.
        for place, names, _ in os.walk(path):
            for name in names:
                inner = Path(place, name)
                if not inner.is_symlink():
                    inner.chmod(0o700)
        shutil.rmtree(path)


def remove_parts(directory: Path) -> None:
    """Remove what processes that are gone left of what they were writing into a directory.

    Hold the lock of those who write there: a process of another machine looks gone. What cannot be
    removed stays.
    """
    with contextlib.suppress(OSError):
        for name in os.listdir(directory):  # noqa: PTH208 - names, not paths
            found = _PART.fullmatch(name)
            if found and not _is_running(int(found[1])):
                path = directory / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _beside(path: Path) -> Path:
    """Return a name in the same directory that no other thread or process writes to."""
    name = os.fsdecode(os.fsencode(path.name)[:200])  # with the rest no longer than NAME_MAX
    return path.with_name(f".{name}.{os.getpid()}.{next(_serial)}.part")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Compressed archives that are the same whenever and wherever they are made.

Members are sorted, belong to nobody in particular, and have one time; xz works as
`xz --threads=1` does, so the bytes depend on the content alone.
"""

from __future__ import annotations

import datetime
import lzma
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from genode_tool.decimal_number import decimal_number
from genode_tool.errors import UserError
from genode_tool.regex import regex

_DATE = regex(r"\d{4}-\d\d-\d\d")
_FIRST_DAY = datetime.date(1970, 1, 1)
_FIRST_OF_ZIP = 315532800
_ZIP64 = 1 << 31


def time_of(version: str) -> int:
    """Return the time of members, in seconds since 1970.

    It is SOURCE_DATE_EPOCH of the environment, else the date with which `version` begins, else 0.
    Raises `UserError` when the variable is no number.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given:
        seconds = decimal_number(given)
        if seconds is None:
            raise UserError(
                f"SOURCE_DATE_EPOCH is `{given}`, wanted a number of seconds since 1970"
            )
        return seconds
    match = _DATE.match(version)
    try:
        day = datetime.date.fromisoformat(match[0]) if match else _FIRST_DAY
    except ValueError:
        day = _FIRST_DAY
    return (day - _FIRST_DAY).days * 24 * 3600


def pack_directory(directory: Path, into: Path, seconds: int) -> None:
    """Write the tar archive of a directory, compressed by xz. Raises `OSError`."""
    with (
        lzma.open(into, "wb", check=lzma.CHECK_CRC64, preset=lzma.PRESET_DEFAULT) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path, name in _members(directory):
            _add(tar, path, name, seconds)


def pack_file(path: Path, into: Path) -> None:
    """Write a file, compressed by xz. Raises `OSError`."""
    with (
        path.open("rb") as file,
        lzma.open(into, "wb", check=lzma.CHECK_CRC64, preset=lzma.PRESET_DEFAULT) as packed,
    ):
        shutil.copyfileobj(file, packed, 1 << 20)


def zip_file(path: Path, into: Path, seconds: int) -> None:
    """Write a ZIP archive with one file, without its directory. Raises `OSError`."""
    # The format knows no time before 1980.
    when = datetime.datetime.fromtimestamp(max(seconds, _FIRST_OF_ZIP), datetime.UTC)
    member = zipfile.ZipInfo(path.name, when.timetuple()[:6])
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o100644 << 16
    with (
        path.open("rb") as file,
        zipfile.ZipFile(into, "w") as packed,
        packed.open(member, "w", force_zip64=path.stat().st_size >= _ZIP64) as inner,
    ):
        shutil.copyfileobj(file, inner, 1 << 20)


def _members(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and name of everything in a directory, itself first, sorted by bytes."""
    yield str(directory), directory.name
    pending = [(str(directory), directory.name)]
    while pending:
        top, prefix = pending.pop()
        with os.scandir(top) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        below = []
        for entry in found:
            name = f"{prefix}/{entry.name}"
            yield entry.path, name
            if entry.is_dir(follow_symlinks=False):
                below.append((entry.path, name))
        pending += reversed(below)


def _add(tar: tarfile.TarFile, path: str, name: str, seconds: int) -> None:
    found: tarfile.TarInfo | None = tar.gettarinfo(path, name)
    if found is None:
        return  # a socket
    member = found
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = seconds
    if member.islnk():  # a second name of a file is a file of its own
        member.type, member.linkname = tarfile.REGTYPE, ""
        member.size = os.stat(path).st_size  # noqa: PTH116
    if member.isreg():
        member.mode = 0o755 if member.mode & 0o100 else 0o644
        with open(path, "rb") as file:  # noqa: PTH123
            tar.addfile(member, file)
    elif member.isdir() or member.issym():
        member.mode = 0o755 if member.isdir() else 0o777
        tar.addfile(member)

"""Extraction of zip archives, with the options of unzip(1) that port descriptions use."""

from __future__ import annotations

import errno
import fnmatch
import os
import shlex
import stat
import struct
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from genode_tool.deadline import Deadline
from genode_tool.errors import UserError
from genode_tool.ports.archive.names import BadArchive, MemberNames, is_suspicious, shown
from genode_tool.ports.archive.options import ExtractOptions, Limits
from genode_tool.ports.archive.screen import Totals
from genode_tool.ports.fetch.problems import PortFailed, disk_problem
from genode_tool.ports.fetch.progress import Activity, ByteMeter, SourceProgress

_CHUNK = 1 << 18
_UNIX = 3  # "version made by" of systems with modes (APPNOTE 4.4.2)
_UTF8 = 0x800
_ENCRYPTED = 0x1
_LONGEST_LINK = 1 << 14  # bytes
# What the library raises for archives that are not what they should be.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, IndexError)
# In a directory that was empty, these are the archive's fault.
_CONFLICTS = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.ELOOP)
_TIMES = 0x5455  # the extra field with the modification time (APPNOTE 4.6, "UT")


@dataclass(frozen=True, slots=True)
class Selection:
    """The archive that a command line of unzip names, and the members that it selects."""

    archive: Path
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    junk_paths: bool = False

    def wants(self, name: str) -> bool:
        """Return whether a member is selected; `*` matches slashes as well."""
        chosen = not self.included or any(_match(name, one) for one in self.included)
        return chosen and not any(_match(name, one) for one in self.excluded)

    @classmethod
    def parse(cls, archive: Path, options: ExtractOptions) -> Selection:
        """Read `unzip_options`, which stand before the archive on the command line.

        A comment in them hides the archive: then their own first name is the archive. Raises
        `UserError` for an unsupported option.
        """
        text = options.unzip_options
        words = shlex.split(text, comments=True)
        if len(words) == len(shlex.split(text)):
            words.append(str(archive))
        names: list[str] = []
        excluded: list[str] = []
        excluding = junk = False
        for word in words:
            if word == "-x":
                excluding = True
            elif word.startswith("-") and not set(word[1:]) <= set("oqnj"):
                raise UserError(
                    f"{options.name}: UNZIP_OPT has `{word}`; known are -j, -x and patterns",
                    location=options.location,
                )
            elif word.startswith("-"):
                junk |= "j" in word
            else:
                (excluded if excluding and names else names).append(word)
        place = (options.cwd or archive.absolute().parent) / names[0]
        return cls(place, tuple(names[1:]), tuple(excluded), junk)


def _match(name: str, pattern: str) -> bool:
    # unzip accepts both signs of a negated set, Python only the second.
    return fnmatch.fnmatchcase(name, pattern.replace("[^", "[!"))


def extract_zip(
    path: Path,
    stage: Path,
    options: ExtractOptions,
    limits: Limits,
    steps: SourceProgress,
    deadline: Deadline,
) -> tuple[Totals, tuple[str, ...]]:
    """Extract the archive at `path` into the empty directory `stage`.

    Returns the totals and the texts of warnings, and raises the same errors as `extract_tar`.
    """
    selection = Selection.parse(path, options)
    path = selection.archive
    label = options.name or path.name
    names = MemberNames(label, options.location)
    totals = Totals(ended=True)
    meter = ByteMeter(steps.sink, steps.source, Activity.EXTRACT)
    member = "its directory"
    try:
        with zipfile.ZipFile(path) as archive:
            chosen = [info for info in archive.infolist() if selection.wants(info.filename)]
            size = path.stat().st_size
            plain = {info: _examine(info, names, totals, limits, size) for info in chosen}
            links = []
            for info in chosen:
                member = shown(plain[info])
                place = plain[info].rpartition(b"/")[2] if selection.junk_paths else plain[info]
                target = stage / os.fsdecode(place)
                if _is_link(info):
                    links.append((target, archive.read(info)))
                elif info.is_dir():
                    if selection.junk_paths:
                        continue
                    target.mkdir(parents=True, exist_ok=True)
                else:
                    _write(archive, info, target, meter, deadline)
            for target, content in links:  # last, so that nothing is written through them
                member = shown(os.fsencode(target.relative_to(stage)))
                totals.suspicious |= is_suspicious(content)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                target.symlink_to(os.fsdecode(content))
    except FileNotFoundError:
        raise PortFailed(f"{label}: no such archive: {path}", location=options.location) from None
    except _DAMAGE as error:
        raise BadArchive(
            f"{label}: the archive {path} is damaged: {member}: {error}",
            location=options.location,
            hint="was it downloaded completely?",
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise BadArchive(
            f"{label}: {path}: {member}: {error}", location=options.location
        ) from error
    except OSError as error:
        if error.errno in _CONFLICTS:
            raise BadArchive(
                f"{label}: the archive {path} has `{member}` as a file and as a directory",
                location=options.location,
            ) from error
        raise disk_problem(error, stage) from error
    meter.end()
    warnings = tuple(
        f"it has no member `{pattern}`"
        for pattern in selection.included
        if not any(_match(info.filename, pattern) for info in chosen)
    )
    return totals, warnings


def _examine(
    info: zipfile.ZipInfo, names: MemberNames, totals: Totals, limits: Limits, archive_size: int
) -> bytes:
    """Check a member before anything is written; returns its name without empty parts."""
    name = _raw_name(info)
    plain = names.check(name)
    if info.flag_bits & _ENCRYPTED:
        raise names.refusal(name, "is encrypted")
    kind = stat.S_IFMT(_mode(info))
    if info.create_system == _UNIX and kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise names.refusal(name, "is a device, a pipe or a socket")
    if _is_link(info):
        if info.file_size > _LONGEST_LINK:
            raise names.refusal(name, f"is a link of {info.file_size} bytes")
        names.link(plain)
    totals.members += 1
    totals.size += info.file_size
    if excess := limits.excess(totals.size, totals.members, archive_size):
        raise names.refusal(name, f"is too much: {excess}")
    return plain


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """Return the name's bytes as they are in the archive."""
    if info.flag_bits & _UTF8:
        return info.orig_filename.encode("utf-8", "surrogateescape")
    # Python decodes names without the UTF-8 flag as code page 437, so this restores the bytes.
    name = info.orig_filename.encode("cp437")
    # Archivers of MS-DOS and Windows may separate with backslashes, against APPNOTE 4.4.17.
    if info.create_system == 0 and b"/" not in name:
        name = name.replace(b"\\", b"/")
    return name


def _mode(info: zipfile.ZipInfo) -> int:
    return info.external_attr >> 16


def _is_link(info: zipfile.ZipInfo) -> bool:
    return info.create_system == _UNIX and stat.S_ISLNK(_mode(info))


def _write(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    target: Path,
    meter: ByteMeter,
    deadline: Deadline,
) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with archive.open(info) as source, target.open("xb") as file:
        while data := source.read(_CHUNK):
            if deadline.expired:
                raise PortFailed(f"timed out while extracting {archive.filename}")
            file.write(data)
            meter.add(len(data))
    if info.create_system == _UNIX and _mode(info) & 0o777:
        target.chmod(_mode(info) & 0o777)
    moment = _modified(info)
    os.utime(target, (moment, moment))


def _modified(info: zipfile.ZipInfo) -> float:
    """Return the time of the last modification in seconds of the epoch."""
    extra = info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _TIMES and length >= 5 and extra[4] & 1:
            return float(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + length :]
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return time.time()

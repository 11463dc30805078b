"""Tool chains as archives for a team: reproducible byte by byte, and verified when unpacked.

An archive is a tar file (plain, .gz or .xz) with one directory, named like the version. Its
first member, `.tool-chain.json`, lists each file with its SHA-256.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import lzma
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from genode_tool.errors import UserError
from genode_tool.files import cannot_write, replacing
from genode_tool.toolchain.prefix import architectures_in, not_writable, point_current

MANIFEST = ".tool-chain.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive: its path, SHA-256, and how many files it holds."""

    path: Path
    sha256: str
    files: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A tool chain that was unpacked; `fresh` is false when it was there already."""

    directory: Path
    files: int
    fresh: bool


def pack(directory: Path, archive: Path) -> Packed:
    """Pack the tool chain in `directory` into `archive`, compressed according to its name.

    Raises `UserError` when it is not a tool chain, or bound to this machine (an adopted one), and
    `EnvironmentProblem` when the archive cannot be written.
    """
    if not architectures_in(directory):
        raise UserError(f"{directory} is not a tool chain: bin/genode-ARCH-gcc is missing")
    entries = sorted(
        (path for path in directory.rglob("*") if path.name != MANIFEST),
        key=lambda path: path.relative_to(directory).parts,
    )
    for path in entries:
        if path.is_symlink() and not _inside(path.relative_to(directory), path.readlink()):
            raise UserError(
                f"{path} leads out of the tool chain, to {path.readlink()}",
                hint="an adopted tool chain is made from what each machine has:"
                " `genode tool-chain adopt` there takes seconds",
            )
    files = {
        path.relative_to(directory).as_posix(): _hash(path)
        for path in entries
        if path.is_file() and not path.is_symlink()
    }
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with replacing(archive, durable=True) as part:
            with _writing(part, archive.suffix) as out:
                _write(out, directory, entries, files)
            digest = _hash(part)
    except OSError as error:
        raise cannot_write(archive, error) from error
    return Packed(archive, digest, len(files))


def unpack(archive: Path, prefix: Path, *, sha256: str = "", current: bool = True) -> Unpacked:
    """Unpack `archive` into `prefix/VERSION`, verified, as a whole or not at all.

    `sha256` is what the archive must have, "" for any. With `current` the link of that name
    leads to it afterwards. Raises `UserError` when the archive is broken or another tool chain
    is in its place, `EnvironmentProblem` when the prefix cannot be written.
    """
    if not archive.is_file():
        raise UserError(f"no such archive: {archive}")
    if sha256 and (found := _hash(archive)) != sha256.lower():
        raise UserError(
            f"{archive} has SHA-256 {found}, wanted {sha256}", hint="download the archive again"
        )
    # Below the prefix, so that the final rename stays on one file system.
    scraps = prefix / f".unpack.{os.getpid()}.part"
    try:
        scraps.mkdir(parents=True)
        try:
            with tarfile.open(archive) as tar:
                name = _extract(tar, scraps)
        except (tarfile.TarError, EOFError, lzma.LZMAError, gzip.BadGzipFile, ValueError) as error:
            raise UserError(
                f"{archive} is not an intact archive of a tool chain: {error}",
                hint="download the archive again",
            ) from error
        files = _verify(scraps / name, archive)
        target = prefix / name
        fresh = not target.exists()
        if not fresh and not _same(scraps / name, target):
            raise UserError(f"{target} exists and is another tool chain", hint="remove it first")
        if fresh:
            (scraps / name).rename(target)
    except OSError as error:
        raise not_writable(prefix, error) from error
    finally:
        shutil.rmtree(scraps, ignore_errors=True)
    if current:
        point_current(prefix, name)
    return Unpacked(target, files, fresh)


@contextmanager
def _writing(path: Path, suffix: str) -> Iterator[IO[bytes]]:
    """Open a file whose bytes depend on what is written alone: no name, no time."""
    with path.open("wb") as file:
        if suffix == ".xz":
            with lzma.LZMAFile(file, "wb", preset=6) as out:
                yield cast(IO[bytes], out)
        elif suffix in (".gz", ".tgz"):
            with gzip.GzipFile("", "wb", 9, file, mtime=0) as out:
                yield cast(IO[bytes], out)
        else:
            yield file


def _write(out: IO[bytes], directory: Path, entries: list[Path], files: dict[str, str]) -> None:
    top = directory.resolve().name
    manifest = json.dumps({"format": 1, "version": top, "files": files}, indent=1).encode()
    seen: dict[tuple[int, int], str] = {}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        head = tarfile.TarInfo(f"{top}/{MANIFEST}")
        head.size, head.mode = len(manifest), 0o644
        tar.addfile(head, io.BytesIO(manifest))
        for path in entries:
            name = f"{top}/{path.relative_to(directory).as_posix()}"
            info = tarfile.TarInfo(name)
            status = path.lstat()
            # No owner, no time, two modes: the rest differs between machines with equal trees.
            info.mode = 0o755 if status.st_mode & 0o111 else 0o644
            if stat.S_ISLNK(status.st_mode):
                info.type, info.linkname, info.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
            elif stat.S_ISDIR(status.st_mode):
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            # An installed GCC has several names for one program, as hard links.
            elif first := seen.get((status.st_dev, status.st_ino)):
                info.type, info.linkname = tarfile.LNKTYPE, first
            else:
                seen[status.st_dev, status.st_ino] = name
                info.size = status.st_size
                with path.open("rb") as file:
                    tar.addfile(info, file)
                continue
            tar.addfile(info)


def _extract(tar: tarfile.TarFile, target: Path) -> str:
    """Extract all members below one directory and return its name.

    Raises `ValueError` for a member that would leave that directory or is not a file, directory or
    link.
    """
    top = ""
    for member in tar:
        path = PurePosixPath(member.name)
        top = top or path.parts[0]
        if path.is_absolute() or ".." in path.parts or path.parts[0] != top or top.startswith("."):
            raise ValueError(f"member `{member.name}` lies outside of `{top}`")
        place = target / path
        below = PurePosixPath(*path.parts[1:])
        if any(one.is_symlink() for one in place.parents):
            raise ValueError(f"member `{member.name}` lies behind a link")
        place.parent.mkdir(parents=True, exist_ok=True)
        if member.isdir():
            place.mkdir(exist_ok=True)
        elif member.issym():
            if not _inside(Path(below), Path(member.linkname)):
                raise ValueError(f"link `{member.name}` leads outside, to {member.linkname}")
            place.symlink_to(member.linkname)
        elif member.islnk():
            first = PurePosixPath(member.linkname)
            if first.is_absolute() or ".." in first.parts or first.parts[0] != top:
                raise ValueError(f"link `{member.name}` leads outside, to {member.linkname}")
            os.link(target / first, place)
        elif member.isreg():
            source = tar.extractfile(member)
            with place.open("xb") as out:
                shutil.copyfileobj(cast(IO[bytes], source), out, _CHUNK)
            place.chmod(0o755 if member.mode & 0o111 else 0o644)
        else:
            raise ValueError(f"member `{member.name}` is not a file, directory or link")
    if not top:
        raise ValueError("it is empty")
    return top


def _verify(directory: Path, archive: Path) -> int:
    """Compare all files with the manifest and return how many there are."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text())
        wanted: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(
            f"{archive} is not an archive made by `genode tool-chain pack`: {MANIFEST} is missing"
        ) from None
    found = {
        path.relative_to(directory).as_posix(): _hash(path)
        for path in directory.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name != MANIFEST
    }
    wrong = [name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)]
    if wrong:
        raise UserError(
            f"{archive} is broken: {min(wrong)} differs from the list of files",
            hint="download the archive again",
        )
    return len(found)


def _same(new: Path, old: Path) -> bool:
    try:
        return (new / MANIFEST).read_bytes() == (old / MANIFEST).read_bytes()
    except OSError:
        return False


def _inside(link: Path, target: Path) -> bool:
    """Return whether a link at `link`, below the top, leads to a place below the top."""
    if target.is_absolute():
        return False
    return not os.path.normpath(link.parent / target).startswith("..")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Decompression as a stream of chunks, in a thread of its own.

The library functions release the interpreter's lock, so that expanding goes on while the other
side looks at what came before. No chunk is larger than asked for, however small its input.
"""

from __future__ import annotations

import bz2
import lzma
import queue
import subprocess
import threading
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs import how_to_get

_INPUT = 1 << 18
_OUTPUT = 1 << 20
_MEMORY = 2 << 30  # the largest dictionary that an xz file may ask for


class Format(Enum):
    """The formats that are distinguished by the first bytes of a file."""

    TAR = "tar"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    ZIP = "zip"


class Damaged(Exception):
    """The compressed data is not what it should be, or ends too early."""


def format_of(beginning: bytes) -> Format | None:
    """Return the format of a file that begins with these bytes (512 suffice), None if unknown."""
    for magic, found in (
        (b"\x1f\x8b", Format.GZIP),
        (b"BZh", Format.BZIP2),
        (b"\xfd7zXZ\0", Format.XZ),
        # A .lzma file has no magic number; these are the usual properties and the lowest bytes
        # of the dictionary size.
        (b"\x5d\0\0", Format.XZ),
        (b"\x28\xb5\x2f\xfd", Format.ZSTD),
        (b"PK\x03\x04", Format.ZIP),
        (b"PK\x05\x06", Format.ZIP),
    ):
        if beginning.startswith(magic):
            return found
    if len(beginning) >= 512 and (
        # Tar from before POSIX has no magic number but always a checksum; an empty archive begins
        # with a block of zeros.
        beginning[257:262] == b"ustar" or _has_checksum(beginning[:512]) or not any(beginning)
    ):
        return Format.TAR
    return None


def _has_checksum(block: bytes) -> bool:
    try:
        return int(block[148:156].strip(b" \0"), 8) == sum(block) - sum(block[148:156]) + 256
    except ValueError:
        return False


class _Gzip:
    """zlib's object with the interface of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = _OUTPUT) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _new(kind: Format) -> _Gzip | bz2.BZ2Decompressor | lzma.LZMADecompressor:
    if kind is Format.GZIP:
        return _Gzip()
    if kind is Format.BZIP2:
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(memlimit=_MEMORY)


def _expand(file: IO[bytes], kind: Format) -> Iterator[bytes]:
    """Yield the expanded content; several compressed streams may follow each other."""
    inner = _new(kind)
    data = b""
    while True:
        if inner.eof:
            # Zeros in between are padding, as files on tapes have it; gzip(1) skips them, too.
            data = inner.unused_data.lstrip(b"\0") or file.read(_INPUT).lstrip(b"\0")
            if format_of(data) is not kind:  # padding, or what does not belong to it
                return
            inner = _new(kind)
        elif inner.needs_input:
            data = file.read(_INPUT)
            if not data:
                raise Damaged(f"the {kind.value} data ends too early")
        try:
            chunk = inner.decompress(data, _OUTPUT)
        except (zlib.error, lzma.LZMAError, OSError, ValueError) as error:
            words = str(error).lower()
            raise Damaged(f"the {kind.value} data is damaged ({words})") from error
        data = b""
        if chunk:
            yield chunk


def _by_program(file: IO[bytes]) -> Iterator[bytes]:
    """Expand by the zstd program, as Python's library does not know the format yet."""
    if process.find_program("zstd") is None:
        raise EnvironmentProblem(
            "the archive is compressed by zstd, which is not installed", hint=how_to_get("zstd")
        )
    child = process.spawn(
        ["zstd", "-dcq", "--memory=2048MB"],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdout is not None
    try:
        while chunk := child.stdout.read(_OUTPUT):
            yield chunk
        if child.wait(timeout=60):
            raise Damaged("the zstd data is damaged or ends too early")
    finally:
        if child.returncode is None:
            process.kill_group(child)
            child.wait()
        child.stdout.close()


def chunks(file: IO[bytes], kind: Format) -> Generator[bytes, None, None]:
    """Yield the content of `file`, expanded, in chunks of about a mebibyte.

    Raises `Damaged`, and `EnvironmentProblem` where a program is missing.
    """
    if kind is Format.TAR:
        while chunk := file.read(_OUTPUT):
            yield chunk
    elif kind is Format.ZSTD:
        yield from _by_program(file)
    else:
        yield from _expand(file, kind)


class Expander:
    """The chunks of a file, made ahead by a thread. An iterator and a context manager."""

    def __init__(self, path: Path, kind: Format) -> None:
        self._path = path
        self._kind = kind
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(8)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the thread, wherever it is."""
        self._stop.set()
        # The thread may be waiting for room in the full queue, where it cannot see the event.
        while self._thread.is_alive():
            try:
                self._queue.get_nowait()
            except queue.Empty:
                self._thread.join(0.01)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the chunks; raises what `chunks` raises."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _work(self) -> None:
        try:
            with (
                self._path.open("rb", buffering=0) as file,
                closing(chunks(file, self._kind)) as expanded,
            ):
                for chunk in expanded:
                    if self._stop.is_set():
                        break
                    self._queue.put(chunk)
            self._queue.put(None)
        except BaseException as error:  # the other thread raises it
            self._queue.put(error)

"""A filter in front of tar: each header of an archive is read here and written anew.

GNU tar extracts (its options select and rename members, and trees use them), but it never
sees a foreign header: all that reaches it are plain files, directories and links, with acceptable
names, without owners and special modes, in the one dialect that we write ourselves. So it cannot
understand a member differently from how it was checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from genode_tool.ports.archive.headers import BLOCK, BadHeader, Header, decode, pax_records
from genode_tool.ports.archive.names import MemberNames, is_suspicious, shown
from genode_tool.ports.archive.options import Limits
from genode_tool.regex import regex

_FILE, _HARD_LINK, _LINK, _DIRECTORY = b"0", b"1", b"2", b"5"
_PASSED = (_FILE, _HARD_LINK, _LINK, _DIRECTORY)
_REFUSED = {
    b"3": "is a character device",
    b"4": "is a block device",
    b"6": "is a named pipe",
    b"S": "is a sparse file, a form no source archive needs",
    b"D": "is a directory dump of an incremental back-up",
    b"M": "is the rest of a file on another volume",
}
_SLASHES = regex(rb"//+")
_MOST_META = 1 << 20  # bytes of one extended header
_FLUSH = 1 << 20
_MODES = 0o777  # no set-id bits, no sticky bit


class Truncated(Exception):
    """The archive ends in the middle of something."""


@dataclass(slots=True)
class Totals:
    """Totals of the members that have passed so far."""

    members: int = 0
    size: int = 0
    suspicious: bool = False
    ended: bool = False


@dataclass(slots=True)
class _Pending:
    """Values from extended headers for the member that follows them."""

    name: bytes | None = None
    target: bytes | None = None
    size: int | None = None
    mtime: int | None = None


class TarFilter:
    """Reads the tar archive in `chunks`, hands what is to be extracted to `write`.

    `archive_size` is in bytes and counts for the ratio. Refuses by `BadArchive`; `BadHeader` and
    `Truncated` mean damage, with `place` saying where.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        write: Callable[[bytes], None],
        names: MemberNames,
        limits: Limits,
        archive_size: int,
    ) -> None:
        self.totals = Totals()
        self.place = "at its beginning"
        self._chunks = chunks
        self._write = write
        self._names = names
        self._limits = limits
        self._archive_size = archive_size
        self._chunk = memoryview(b"")
        self._at = 0
        self._out: list[bytes | memoryview] = []
        self._waiting = 0

    def run(self) -> Totals:
        """Screen the whole archive."""
        pending = _Pending()
        while (block := self._block()) is not None:
            if not any(block):
                self.totals.ended = True
                break
            header = decode(block)
            if header.size < 0:
                raise BadHeader("its size is negative")
            if header.kind in b"xXLKg":
                self._extend(pending, header)
            elif header.kind != b"V":  # a volume label means nothing
                self._member(_merged(header, pending))
                pending = _Pending()
            else:
                self._forward(header.size, keep=False)
        # Two blocks of zeros end an archive (POSIX); the one that was read may have had none.
        self._push(b"\0" * (2 * BLOCK))
        self._flush()
        return self.totals

    def _member(self, header: Header) -> None:
        header = _single_slashes(header)
        name, kind, totals = header.name, header.kind, self.totals
        totals.members += 1
        if words := _REFUSED.get(kind):
            raise self._names.refusal(name, words)
        if kind not in _PASSED:
            raise self._names.refusal(name, f"is of the unknown kind {kind!r}")
        plain = self._names.check(name)
        self.place = f"in member `{shown(name)}`"
        # Tar before POSIX had no type for directories, only the slash.
        if kind == _FILE and name.endswith(b"/"):
            kind = _DIRECTORY
        size = 0 if kind == _HARD_LINK else header.size
        totals.size += size
        if excess := self._limits.excess(totals.size, totals.members, self._archive_size):
            raise self._names.refusal(name, f"is too much: {excess}")
        if kind == _LINK:
            self._names.link(plain)
            totals.suspicious |= is_suspicious(header.target)
        elif kind == _HARD_LINK:
            self._names.hard_link(name, header.target)
        keep = kind == _FILE
        # tar itself must be able to fill the directory and, later, to remove it
        mode = header.mode & _MODES | (0o700 if kind == _DIRECTORY else 0)
        self._push(replace(header, kind=kind, size=size if keep else 0, mode=mode).encode())
        self._forward(size, keep=keep)

    def _extend(self, pending: _Pending, header: Header) -> None:
        """Read an extended header of either dialect into `pending`."""
        if header.size > _MOST_META:
            raise BadHeader(f"an extended header of {header.size} bytes")
        padded = -(-header.size // BLOCK) * BLOCK
        data = self._take(padded)[: header.size]
        if header.kind == b"L":
            pending.name = data.rstrip(b"\0")
        elif header.kind == b"K":
            pending.target = data.rstrip(b"\0")
        elif header.kind != b"g":  # global ones carry comments
            records = pax_records(data)
            if any(name.startswith("GNU.sparse.") for name in records):
                raise self._names.refusal(header.name, _REFUSED[b"S"])
            pending.name = records.get("path", pending.name)
            pending.target = records.get("linkpath", pending.target)
            try:
                if "size" in records:
                    pending.size = int(records["size"])
                if "mtime" in records:
                    pending.mtime = int(float(records["mtime"]))
                if pending.size is not None and pending.size < 0:
                    raise BadHeader("a size in it is negative")
            except (ValueError, OverflowError) as error:
                raise BadHeader("a pax record holds no number") from error

    def _block(self) -> bytes | None:
        """Return the next block, or None at the end of the data."""
        if self._at + BLOCK <= len(self._chunk):
            block = bytes(self._chunk[self._at : self._at + BLOCK])
            self._at += BLOCK
            return block
        if self._at == len(self._chunk) and not self._next():
            return None
        return self._take(BLOCK)

    def _next(self) -> bool:
        """Go on to the next chunk; False at the end."""
        for chunk in self._chunks:
            if chunk:
                self._chunk, self._at = memoryview(chunk), 0
                return True
        self._chunk, self._at = memoryview(b""), 0
        return False

    def _take(self, count: int) -> bytes:
        parts = []
        while count:
            part = self._chunk[self._at : self._at + count]
            self._at += len(part)
            count -= len(part)
            parts.append(part)
            if count and not self._next():
                raise Truncated
        return b"".join(parts)

    def _forward(self, size: int, *, keep: bool) -> None:
        """Pass `size` bytes and their padding on, or drop them."""
        count = -(-size // BLOCK) * BLOCK
        while count:
            part = self._chunk[self._at : self._at + count]
            self._at += len(part)
            count -= len(part)
            if keep and part:
                self._push(part)
            if count and not self._next():
                raise Truncated

    def _push(self, data: bytes | memoryview) -> None:
        self._out.append(data)
        self._waiting += len(data)
        if self._waiting >= _FLUSH:
            self._flush()

    def _flush(self) -> None:
        if self._out:
            self._write(b"".join(self._out))
            self._out.clear()
            self._waiting = 0


def _single_slashes(header: Header) -> Header:
    """Return a header without empty parts in its names, but a first one.

    `--strip-components` would make an absolute name of `.//etc/x`. Links keep their target.
    """
    if b"//" in header.name or (header.kind == _HARD_LINK and b"//" in header.target):
        target = _SLASHES.sub(b"/", header.target) if header.kind == _HARD_LINK else header.target
        return replace(header, name=_SLASHES.sub(b"/", header.name), target=target)
    return header


def _merged(header: Header, pending: _Pending) -> Header:
    return Header(
        header.name if pending.name is None else pending.name,
        header.kind,
        header.size if pending.size is None else pending.size,
        header.mode,
        header.mtime if pending.mtime is None else pending.mtime,
        header.target if pending.target is None else pending.target,
    )

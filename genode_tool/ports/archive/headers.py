"""Headers of tar members: reading every dialect in use, writing one.

The formats are those of POSIX.1-2017 (pax, "ustar Interchange Format") and of the GNU tar manual
("Basic Tar Format"). Names are bytes: an archive may hold any.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK = 512
_GNU_TAIL = b"ustar  \0".ljust(BLOCK - 257, b"\0")
_LONG_LINK = b"././@LongLink"
_MOST_OCTAL = 8**11
_LATEST = 1 << 40  # in 36,000 years; later times mean nothing


class BadHeader(Exception):
    """A block is not the header that it should be."""


@dataclass(frozen=True, slots=True)
class Header:
    """One member: `kind` is the type flag, `size` in bytes, `mtime` in seconds of the epoch."""

    name: bytes
    kind: bytes
    size: int = 0
    mode: int = 0o644
    mtime: int = 0
    target: bytes = b""

    def encode(self) -> bytes:
        """Return the header blocks, in GNU form: without owner, with records for long names."""
        long = b""
        if len(self.name) > 100:
            long += _long(b"L", self.name)
        if len(self.target) > 100:
            long += _long(b"K", self.target)
        return long + _block(
            self.name[:100], self.kind, self.size, self.mode, self.mtime, self.target[:100]
        )


def _long(kind: bytes, text: bytes) -> bytes:
    data = text + b"\0"
    return _block(_LONG_LINK, kind, len(data)) + data.ljust(-(-len(data) // BLOCK) * BLOCK, b"\0")


def _block(
    name: bytes, kind: bytes, size: int, mode: int = 0o644, mtime: int = 0, target: bytes = b""
) -> bytes:
    before = b"%b%07o\0%b%b%b" % (
        name.ljust(100, b"\0"),
        mode,
        b"0000000\0" * 2,
        _number(size),
        _number(min(max(mtime, 0), _LATEST)),
    )
    after = b"%b%b%b" % (kind, target.ljust(100, b"\0"), _GNU_TAIL)
    return b"%b%06o\0 %b" % (before, sum(before) + sum(after) + 8 * 32, after)


def _number(value: int) -> bytes:
    # Eleven octal digits end at 8 GiB; beyond them GNU tar reads base 256.
    if value < _MOST_OCTAL:
        return b"%011o\0" % value
    return b"\x80" + value.to_bytes(11, "big")


def decode(block: bytes) -> Header:
    """Read a header block. Raises `BadHeader` when its checksum or a field is wrong."""
    check = block[148:156]
    plain = sum(block) - sum(check) + 256
    wanted = _octal(check)
    # Some old programs summed the bytes as signed ones.
    if wanted != plain and wanted != plain - 256 * sum(byte > 127 for byte in block):
        raise BadHeader("its checksum is wrong")
    name = _text(block[0:100])
    # GNU headers have "ustar " here and keep other data where POSIX has the prefix of the name.
    if block[257:263] == b"ustar\0" and (prefix := _text(block[345:500])):
        name = b"%b/%b" % (prefix, name)
    kind = block[156:157]
    return Header(
        name,
        # Regular files: "\0" before POSIX, "7" for those that are to be contiguous.
        b"0" if kind in (b"\0", b"7") else kind,
        _field(block[124:136]),
        _field(block[100:108]) & 0o7777,
        _field(block[136:148]),
        _text(block[157:257]),
    )


def _text(field: bytes) -> bytes:
    end = field.find(b"\0")
    return field if end < 0 else field[:end]


def _field(field: bytes) -> int:
    if field[0] & 0x80:  # base 256 (GNU); the top bit is only its mark
        value = int.from_bytes(field, "big", signed=False) & ((1 << (8 * len(field) - 1)) - 1)
        if field[0] & 0x40:
            value -= 1 << (8 * len(field) - 1)
        return value
    return _octal(field)


def _octal(field: bytes) -> int:
    digits = _text(field.lstrip(b" \0") if field[:1] in b" \0" else field).strip(b" ")
    if not digits:
        return 0
    try:
        return int(digits, 8)
    except ValueError as error:
        raise BadHeader(f"`{digits.decode('latin-1')}` in it is not an octal number") from error


def pax_records(data: bytes) -> dict[str, bytes]:
    """Read the records of a pax header. Raises `BadHeader`."""
    records: dict[str, bytes] = {}
    at = 0
    while at < len(data):
        blank = data.find(b" ", at, at + 20)
        digits = data[at:blank] if blank > 0 else b""
        if not digits.isdigit():
            # Zeros behind the last record are padding.
            if not data[at:].strip(b"\0"):
                break
            raise BadHeader("a pax record has no length")
        end = at + int(digits)
        name, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if not equals or end > len(data) or end <= blank + 1 or data[end - 1 : end] != b"\n":
            raise BadHeader("a pax record is damaged")
        records[name.decode("utf-8", "replace")] = value
        at = end
    return records

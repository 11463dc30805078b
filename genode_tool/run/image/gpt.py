"""Disks with a GUID partition table.

Source: UEFI Specification 2.10, section 5 ("GUID Partition Table (GPT) Disk Layout"); all
numbers are little endian. The place of GRUB's boot code in the first sector follows the GRUB
manual, section 3.6, and the offsets documented in GRUB's `i386/pc/boot.h`.
"""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO

from genode_tool.errors import UserError

SECTOR = 512
_ALIGN = 2048  # sectors: partitions start at multiples of 1 MiB
_ENTRIES = 128
_ENTRY_SIZE = 128
_TABLE_SECTORS = _ENTRIES * _ENTRY_SIZE // SECTOR
_FIRST_USABLE = 2 + _TABLE_SECTORS
_CODE_BYTES = 440


class PartitionType(Enum):
    """The type of a partition."""

    BIOS_BOOT = uuid.UUID("21686148-6449-6e6f-744e-656564454649")
    EFI_SYSTEM = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
    LINUX = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition to write: its content is a file."""

    name: str
    kind: PartitionType
    content: Path


@dataclass(frozen=True, slots=True)
class Placed:
    """A partition of a disk, in sectors; `last` belongs to it."""

    name: str
    kind: uuid.UUID
    first: int
    last: int


def layout(partitions: Sequence[Partition]) -> tuple[Placed, ...]:
    """Return where `write_disk` puts partitions."""
    placed: list[Placed] = []
    first = _ALIGN
    for partition in partitions:
        sectors = -(-partition.content.stat().st_size // SECTOR)
        last = first + max(1, sectors) - 1
        placed.append(Placed(partition.name, partition.kind.value, first, last))
        first = (last // _ALIGN + 1) * _ALIGN
    return tuple(placed)


def write_disk(
    target: Path, partitions: Sequence[Partition], *, seed: bytes, boot_code: bytes = b""
) -> None:
    """Write a disk image to `target`.

    `seed` (any bytes) decides the disk's identifiers: the same seed, the same identifiers.
    `boot_code` goes into the first sector, up to 440 bytes of it.
    """
    placed = layout(partitions)
    # A last MiB for the backup of the table, which has to end with the disk.
    sectors = (placed[-1].last // _ALIGN + 1) * _ALIGN + _ALIGN
    disk_id = _identifier(seed, "disk")
    table = b"".join(
        struct.pack(
            "<16s16sQQQ72s",
            one.kind.bytes_le,
            _identifier(seed, f"partition {number}").bytes_le,
            one.first,
            one.last,
            0,
            one.name.encode("utf-16-le")[:72],
        )
        for number, one in enumerate(placed)
    ).ljust(_ENTRIES * _ENTRY_SIZE, b"\0")
    with target.open("wb") as disk:
        disk.truncate(sectors * SECTOR)
        disk.write(_protective_mbr(sectors, boot_code))
        disk.write(_header(disk_id, table, here=1, other=sectors - 1, entries=2, sectors=sectors))
        disk.write(table)
        for one, partition in zip(placed, partitions, strict=True):
            disk.seek(one.first * SECTOR)
            _copy(partition.content, disk)
        backup_table = sectors - 1 - _TABLE_SECTORS
        disk.seek(backup_table * SECTOR)
        disk.write(table)
        disk.write(
            _header(
                disk_id, table, here=sectors - 1, other=1, entries=backup_table, sectors=sectors
            )
        )


def read_table(disk: Path) -> tuple[Placed, ...]:
    """Return the partitions of a disk, both copies of the table checked.

    Raises `UserError` when a header or table is damaged or the copies differ.
    """
    size = disk.stat().st_size
    with disk.open("rb") as stream:
        first, backup = (_read_copy(stream, disk, at) for at in (1, size // SECTOR - 1))
    if first != backup:
        raise UserError(f"{disk}: the two copies of its partition table differ")
    found = []
    for at in range(0, len(first), _ENTRY_SIZE):
        kind, _, start, last, _, name = struct.unpack_from("<16s16sQQQ72s", first, at)
        if any(kind):
            text = name.decode("utf-16-le", "replace").rstrip("\0")
            found.append(Placed(text, uuid.UUID(bytes_le=kind), start, last))
    return tuple(found)


def _read_copy(stream: IO[bytes], disk: Path, sector: int) -> bytes:
    stream.seek(sector * SECTOR)
    raw = stream.read(92)
    if len(raw) < 92 or raw[:8] != b"EFI PART":
        raise UserError(f"{disk}: sector {sector} has no header of a GUID partition table")
    checksum = struct.unpack_from("<I", raw, 16)[0]
    if zlib.crc32(raw[:16] + bytes(4) + raw[20:]) != checksum:
        raise UserError(f"{disk}: the partition table's header in sector {sector} is damaged")
    entries, count, size, table_checksum = struct.unpack_from("<QIII", raw, 72)
    stream.seek(entries * SECTOR)
    table = stream.read(count * size)
    if zlib.crc32(table) != table_checksum:
        raise UserError(f"{disk}: the partition table at sector {entries} is damaged")
    return table


def _identifier(seed: bytes, what: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{seed.hex()} {what}")


def _protective_mbr(sectors: int, boot_code: bytes) -> bytes:
    whole = min(sectors - 1, 0xFFFFFFFF)
    entry = struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xEE, b"\xff\xff\xff", 1, whole)
    code = boot_code[:_CODE_BYTES].ljust(_CODE_BYTES, b"\0")
    return code + bytes(6) + entry + bytes(48) + b"\x55\xaa"


def _header(
    disk_id: uuid.UUID, table: bytes, *, here: int, other: int, entries: int, sectors: int
) -> bytes:
    def packed(checksum: int) -> bytes:
        return struct.pack(
            "<8sIIIIQQQQ16sQIII",
            b"EFI PART",
            0x10000,
            92,
            checksum,
            0,
            here,
            other,
            _FIRST_USABLE,
            sectors - 2 - _TABLE_SECTORS,
            disk_id.bytes_le,
            entries,
            _ENTRIES,
            _ENTRY_SIZE,
            zlib.crc32(table),
        )

    # In its own checksum, the field of the checksum counts as zero.
    return packed(zlib.crc32(packed(0))).ljust(SECTOR, b"\0")


def _copy(source: Path, disk: IO[bytes]) -> None:
    with source.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            disk.write(chunk)

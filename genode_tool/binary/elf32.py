"""Conversion of a 64-bit kernel to the 32-bit ELF file that a Multiboot loader accepts.

QEMU's `-kernel` refuses 64-bit ELF files for PCs, although a Multiboot kernel starts in 32-bit mode
anyway and lies below 4 GiB. The loader needs the loadable segments at their physical addresses, the
entry, and the Multiboot header in the first 8 KiB of the file; the rest is dropped. Sources: System
V ABI (chapters 4 and 5), Multiboot specification 0.6.96, section 3.1.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

from genode_tool.binary.image import Image, Segment, read_image
from genode_tool.errors import UserError
from genode_tool.files import cannot_write, replacing

_PAGE = 4096
_EM_386 = 3
_HEADER_SIZE = 52
_ENTRY_SIZE = 32
_LIMIT = 1 << 32
_CONVENTIONAL = 1 << 20
_MAGIC = 0x1BADB002
_SEARCH = 32768  # bytes; the header of Multiboot 2 lies within them


def is_elf64(path: Path) -> bool:
    """Return whether the file is a 64-bit ELF file. Raises `UserError` when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(5) == b"\x7fELF\x02"
    except OSError as error:
        raise UserError(f"cannot read image {path}: {error.strerror}") from error


def write_elf32(source: Path, target: Path) -> None:
    """Write the 64-bit kernel `source` as a 32-bit ELF file to `target`, in one step.

    Raises `UserError` when it reaches beyond 4 GiB or is not an ELF file, `EnvironmentProblem` when
    `target` cannot be written.
    """
    image = read_image(source)
    segments = _header_first(
        [segment for segment in image.segments if _is_loaded(segment)], _header_at(source)
    )
    entry = _physical(image)
    beyond = next((one for one in segments if one.physical + one.memory_size > _LIMIT), None)
    if beyond is not None or entry >= _LIMIT:
        where = beyond.physical if beyond else entry
        raise UserError(f"{source.name} is not a Multiboot kernel: 0x{where:x} is beyond 4 GiB")
    offsets = _offsets(segments)
    header = b"\x7fELF\1\1\1" + bytes(9)
    header += struct.pack(
        "<HHIIIIIHHHHHH",
        2,  # ET_EXEC
        _EM_386,
        1,
        entry,
        _HEADER_SIZE,
        0,
        0,
        _HEADER_SIZE,
        _ENTRY_SIZE,
        len(segments),
        0,
        0,
        0,
    )
    for segment, offset in zip(segments, offsets, strict=True):
        # Physical addresses in both places: a loader of Multiboot maps nothing.
        header += struct.pack(
            "<IIIIIIII",
            1,  # PT_LOAD
            offset,
            segment.physical,
            segment.physical,
            segment.file_size,
            segment.memory_size,
            _flags(segment),
            _PAGE,
        )
    try:
        with replacing(target, mode=0o755) as part:
            _write(source, part, header, segments, offsets)
    except OSError as error:
        raise cannot_write(target, error) from error


def _write(
    source: Path, target: Path, header: bytes, segments: list[Segment], offsets: list[int]
) -> None:
    with target.open("wb") as out, source.open("rb") as stream:
        out.write(header)
        for segment, offset in zip(segments, offsets, strict=True):
            stream.seek(segment.offset)
            out.seek(offset)
            out.write(stream.read(segment.file_size))


def _is_loaded(segment: Segment) -> bool:
    """Return whether a segment has something to load.

    Empty memory below 1 MiB is only reserved: older NOVA kernels copy the code that starts other
    processors there. QEMU would write everything from there up to the kernel's end in one piece,
    over the BIOS's data and the stack of what starts the kernel.
    """
    reserved = not segment.file_size and segment.physical + segment.memory_size <= _CONVENTIONAL
    return bool(segment.memory_size) and not reserved


def _header_at(source: Path) -> int | None:
    """Return the offset of the Multiboot header in the file, None without one.

    A kernel for Multiboot 2, whose own header may lie anywhere in the first 32 KiB, can have it
    beyond the 8 KiB that loaders of Multiboot 1 search.
    """
    with source.open("rb") as stream:
        head = stream.read(_SEARCH)
    for offset in range(0, len(head) - 11, 4):
        magic, flags, checksum = struct.unpack_from("<III", head, offset)
        if magic == _MAGIC and (magic + flags + checksum) & 0xFFFFFFFF == 0:
            return offset
    return None


def _header_first(segments: list[Segment], header: int | None) -> list[Segment]:
    """Return the segments in an order that puts the header into the file's first 8 KiB.

    The segment that holds it comes first; where it lies far within, the segment is cut there.
    """
    at = next(
        (
            number
            for number, one in enumerate(segments)
            if header is not None and one.offset <= header < one.offset + one.file_size
        ),
        None,
    )
    if at is None or header is None:
        return segments
    holder, others = segments[at], segments[:at] + segments[at + 1 :]
    distance = (header - holder.offset) // _PAGE * _PAGE
    if not distance:
        return [holder, *others]
    rest = replace(
        holder,
        virtual=holder.virtual + distance,
        physical=holder.physical + distance,
        offset=holder.offset + distance,
        file_size=holder.file_size - distance,
        memory_size=holder.memory_size - distance,
    )
    front = replace(holder, file_size=distance, memory_size=distance)
    return [rest, front, *others]


def _offsets(segments: list[Segment]) -> list[int]:
    """Return the offsets of the segments' contents, each congruent to its address by page."""
    found = []
    free = _HEADER_SIZE + _ENTRY_SIZE * len(segments)
    for segment in segments:
        # A segment that is mapped needs this (System V ABI, chapter 5, "Program header").
        offset = free + (segment.physical - free) % _PAGE
        found.append(offset)
        free = offset + segment.file_size
    return found


def _physical(image: Image) -> int:
    """Return the physical address of the entry, which may be given as a virtual one."""
    for segment in image.segments:
        if segment.physical <= image.entry < segment.physical + segment.memory_size:
            return image.entry
    for segment in image.segments:
        if segment.virtual <= image.entry < segment.virtual + segment.memory_size:
            return image.entry - segment.virtual + segment.physical
    return image.entry


def _flags(segment: Segment) -> int:
    return sum(bit for letter, bit in zip(segment.access, (4, 2, 1), strict=True) if letter != "-")

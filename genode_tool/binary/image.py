"""Reads a linked boot image back and finds what would keep it from booting.

Sources: System V ABI (program headers, symbol table) and the Multiboot specification 0.6.96,
section 3.1 (header within the first 8 KiB, 32-bit aligned, flags + checksum + magic = 0; with
flag bit 16 the address fields count instead of the ELF headers).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import UserError

_MULTIBOOT_MAGIC = 0x1BADB002
_MULTIBOOT_SEARCH = 8192
_ADDRESS_FIELDS = 1 << 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A loadable segment; addresses and sizes in bytes, `access` like "r-x"."""

    virtual: int
    physical: int
    offset: int
    file_size: int
    memory_size: int
    access: str


@dataclass(frozen=True, slots=True)
class Image:
    """The parts of an image, read back from the file."""

    path: Path
    size: int
    machine: str
    entry: int
    segments: tuple[Segment, ...]
    undefined: tuple[str, ...]
    multiboot_flags: int | None


def read_image(path: Path) -> Image:
    """Read the image at `path`. Raises `UserError` when it is not an ELF file."""
    # Importing takes some 50 ms, and most commands never read an image.
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    try:
        with path.open("rb") as stream:
            head = stream.read(_MULTIBOOT_SEARCH)
            stream.seek(0)
            elf = ELFFile(stream)
            segments = tuple(
                Segment(
                    virtual=segment["p_vaddr"],
                    physical=segment["p_paddr"],
                    offset=segment["p_offset"],
                    file_size=segment["p_filesz"],
                    memory_size=segment["p_memsz"],
                    access=_access(segment["p_flags"]),
                )
                for segment in elf.iter_segments()
                if segment["p_type"] == "PT_LOAD"
            )
            undefined = tuple(
                sorted(
                    symbol.name
                    for section in elf.iter_sections()
                    if isinstance(section, SymbolTableSection)
                    for symbol in section.iter_symbols()
                    if symbol["st_shndx"] == "SHN_UNDEF"
                    # An undefined weak symbol is 0 by definition, not an error.
                    and symbol["st_info"]["bind"] != "STB_WEAK"
                    and symbol.name
                )
            )
            return Image(
                path=path,
                size=path.stat().st_size,
                machine=str(elf["e_machine"]),
                entry=elf["e_entry"],
                segments=segments,
                undefined=undefined,
                multiboot_flags=_multiboot_flags(head),
            )
    except (ELFError, struct.error) as error:
        raise UserError(f"{path} is not a usable ELF file: {error}") from error
    except OSError as error:
        raise UserError(f"cannot read image {path}: {error.strerror}") from error


def problems_of(image: Image, *, multiboot: bool) -> tuple[str, ...]:
    """Return what would keep `image` from booting, one sentence each; empty when it is fine.

    With `multiboot` the image must carry a Multiboot header and, when that header relies on
    its address fields, all segments must keep the same distance of address and file offset.
    """
    found: list[str] = []
    if image.undefined:
        found.append(f"undefined symbols: {', '.join(image.undefined)}")
    if not image.segments:
        found.append("no loadable segment")
    elif not any(_contains(segment, image.entry) for segment in image.segments):
        found.append(f"entry 0x{image.entry:x} is outside of all loadable segments")
    found += [
        f"segment at 0x{segment.virtual:x} has a size in memory of {segment.memory_size}"
        f" bytes, less than its {segment.file_size} bytes in the file"
        for segment in image.segments
        if segment.memory_size < segment.file_size
    ]
    if multiboot:
        if image.multiboot_flags is None:
            found.append("no Multiboot header within the first 8 KiB")
        elif image.multiboot_flags & _ADDRESS_FIELDS:
            # One load address is given for the whole file, so it must fit all segments.
            distances = {segment.physical - segment.offset for segment in image.segments}
            if len(distances) > 1:
                found.append(
                    "segments differ in the distance of load address and file offset,"
                    " on which the Multiboot header's address fields rely"
                )
    return tuple(found)


def _contains(segment: Segment, address: int) -> bool:
    return (
        segment.virtual <= address < segment.virtual + segment.memory_size
        # Loaders start a kernel without paging, so its entry may be a physical address.
        or segment.physical <= address < segment.physical + segment.memory_size
    )


def _access(flags: int) -> str:
    return "".join(letter if flags & bit else "-" for letter, bit in (("r", 4), ("w", 2), ("x", 1)))


def _multiboot_flags(head: bytes) -> int | None:
    for offset in range(0, len(head) - 11, 4):
        magic, flags, checksum = struct.unpack_from("<III", head, offset)
        if magic == _MULTIBOOT_MAGIC and (magic + flags + checksum) & 0xFFFFFFFF == 0:
            return int(flags)
    return None

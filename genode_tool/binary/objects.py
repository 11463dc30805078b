"""Writes relocatable ELF object files whose sections may contain whole files.

Section contents are pieces: bytes in memory, a file on disk, or a gap of zeros. File pieces are
copied by the kernel (`copy_file_range` underneath `shutil`), so that an object with hundreds
of megabytes costs no memory.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from genode_tool.binary.elf import ElfLayout, ElfMachine, SectionFlag, SectionType
from genode_tool.errors import UserError
from genode_tool.files import cannot_write, replacing


@dataclass(frozen=True, slots=True)
class FilePiece:
    """The content of a file; `size` in bytes is the size when the layout was made."""

    path: Path
    size: int


Piece = bytes | FilePiece


@dataclass(frozen=True, slots=True)
class Relocation:
    """The address of `symbol` plus `addend`, to be stored at `offset` of the section."""

    offset: int
    symbol: str
    addend: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A section with content. `align` in bytes, a power of two."""

    name: str
    flags: SectionFlag
    align: int
    pieces: tuple[Piece, ...]
    relocations: tuple[Relocation, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        return sum(piece_size(piece) for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol at `value` bytes into the section named `section`."""

    name: str
    section: str
    value: int
    size: int = 0
    is_global: bool = False


def piece_size(piece: Piece) -> int:
    """Return the bytes that a piece adds to its section."""
    return piece.size if isinstance(piece, FilePiece) else len(piece)


def padding(size: int, align: int) -> bytes:
    """Return the zeros that bring `size` to a multiple of `align`."""
    return bytes(-size % align)


class _Strings:
    """A string table under construction."""

    def __init__(self) -> None:
        self.content = bytearray(b"\0")
        self._offsets: dict[str, int] = {"": 0}

    def add(self, text: str) -> int:
        if text not in self._offsets:
            self._offsets[text] = len(self.content)
            self.content += text.encode() + b"\0"
        return self._offsets[text]


@dataclass(frozen=True, slots=True)
class _Placed:
    header: bytes
    pieces: tuple[Piece, ...]
    offset: int


def write_object(
    path: Path, machine: ElfMachine, sections: Sequence[Section], symbols: Sequence[Symbol]
) -> None:
    """Write a relocatable object file to `path`, replacing it in one step.

    The same input gives the same bytes. For machines without addends in the relocation records the
    addend is stored in place. Raises `UserError` when a symbol or relocation refers to something
    missing or a file piece changed its size meanwhile, and `EnvironmentProblem` when the file
    cannot be written.
    """
    placed, header = _plan(machine, sections, symbols)
    try:
        with replacing(path) as part, part.open("wb") as out:
            out.write(header)
            _write_placed(out, placed)
    except OSError as error:
        raise cannot_write(path, error) from error


def _plan(
    machine: ElfMachine, sections: Sequence[Section], symbols: Sequence[Symbol]
) -> tuple[list[_Placed], bytes]:
    """Lay out header, section contents, tables and section headers."""
    layout = ElfLayout(machine.bits)
    names, strings = _Strings(), _Strings()
    numbers = {section.name: index for index, section in enumerate(sections, start=1)}
    # Local symbols come first; sh_info of the table is the index of the first global one.
    ordered = sorted(symbols, key=lambda symbol: symbol.is_global)
    first_global = 1 + sum(not symbol.is_global for symbol in ordered)
    symbol_numbers = {symbol.name: index for index, symbol in enumerate(ordered, start=1)}
    with_relocations = [section for section in sections if section.relocations]
    symtab_number = len(sections) + len(with_relocations) + 1

    # Entry 0 is the undefined symbol, all zeros; section 0 below likewise.
    table = bytearray(layout.symbol_size)
    for symbol in ordered:
        if symbol.section not in numbers:
            raise UserError(f"no such section: {symbol.section}, for symbol {symbol.name}")
        table += layout.symbol(
            name=strings.add(symbol.name),
            value=symbol.value,
            size=symbol.size,
            # The binding in the upper half; the lower one is STT_OBJECT.
            info=((1 if symbol.is_global else 0) << 4) | 1,
            section=numbers[symbol.section],
        )

    offset = layout.header_size
    placed: list[_Placed] = []

    def place(
        name: str,
        kind: SectionType,
        pieces: tuple[Piece, ...],
        *,
        flags: int = 0,
        align: int = 1,
        link: int = 0,
        info: int = 0,
        entry_size: int = 0,
    ) -> None:
        nonlocal offset
        offset += -offset % align
        size = sum(piece_size(piece) for piece in pieces)
        header = layout.section_header(
            name=names.add(name),
            kind=kind,
            flags=flags,
            offset=offset,
            size=size,
            link=link,
            info=info,
            align=align,
            entry_size=entry_size,
        )
        placed.append(_Placed(header, pieces, offset))
        offset += size

    for section in sections:
        pieces = section.pieces if machine.rela else _with_addends(machine, section)
        place(section.name, SectionType.PROGBITS, pieces, flags=section.flags, align=section.align)
    for section in with_relocations:
        records = bytearray()
        for relocation in section.relocations:
            if relocation.symbol not in symbol_numbers:
                raise UserError(f"no such symbol: {relocation.symbol}, for a relocation")
            records += layout.relocation(
                offset=relocation.offset,
                symbol=symbol_numbers[relocation.symbol],
                kind=machine.absolute,
                addend=relocation.addend,
                rela=machine.rela,
            )
        prefix, kind = (".rela", SectionType.RELA) if machine.rela else (".rel", SectionType.REL)
        place(
            prefix + section.name,
            kind,
            (bytes(records),),
            flags=SectionFlag.INFO_LINK,
            align=machine.word,
            link=symtab_number,
            info=numbers[section.name],
            entry_size=layout.relocation_size(machine.rela),
        )
    place(
        ".symtab",
        SectionType.SYMTAB,
        (bytes(table),),
        align=machine.word,
        link=symtab_number + 1,
        info=first_global,
        entry_size=layout.symbol_size,
    )
    place(".strtab", SectionType.STRTAB, (bytes(strings.content),))
    # Without this section, a linker makes the stack of the program executable, with a warning.
    place(".note.GNU-stack", SectionType.PROGBITS, ())
    # The table of section names has its own name in it, so this comes before it is placed.
    names.add(".shstrtab")
    place(".shstrtab", SectionType.STRTAB, (bytes(names.content),))

    offset += -offset % machine.word
    headers = bytes(layout.section_header_size) + b"".join(entry.header for entry in placed)
    placed.append(_Placed(b"", (headers,), offset))
    return placed, layout.header(machine, offset, len(placed), len(placed) - 1)


def _with_addends(machine: ElfMachine, section: Section) -> tuple[Piece, ...]:
    """Return the pieces with non-zero addends stored in place."""
    if not any(relocation.addend for relocation in section.relocations):
        return section.pieces
    if not all(isinstance(piece, bytes) for piece in section.pieces):
        raise UserError(f"section {section.name} has addends inside of files")
    content = bytearray(b"".join(p for p in section.pieces if isinstance(p, bytes)))
    for relocation in section.relocations:
        end = relocation.offset + machine.word
        content[relocation.offset : end] = relocation.addend.to_bytes(
            machine.word, "little", signed=relocation.addend < 0
        )
    return (bytes(content),)


def _write_placed(out: IO[bytes], placed: Sequence[_Placed]) -> None:
    for entry in placed:
        out.write(bytes(entry.offset - out.tell()))
        for piece in entry.pieces:
            if isinstance(piece, bytes):
                out.write(piece)
                continue
            before = out.tell()
            with piece.path.open("rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
            if out.tell() - before != piece.size:
                raise UserError(f"{piece.path} changed while it was copied into a boot image")

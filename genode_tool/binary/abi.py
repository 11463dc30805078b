"""A check that a shared library provides what its symbol file promises to programs.

A symbol file has one symbol per line: its name, its type, and for data its size in bytes; `#`
begins a comment. Programs are linked against a stub made from it, so an object that is larger than
the size in the file would be cut off in the programs that copy it.

Source: System V ABI, chapter 5, ".dynsym". Only the standard library is used here, and little
of it: the check is a step of its own for each library of a build.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from genode_tool.decimal_number import decimal_number

_DYNSYM = 11  # SHT_DYNSYM
_REVIEW = "# Please review the symbols and remove this line."


def violations(
    library: bytes, symbols: str, internal: frozenset[str] = frozenset()
) -> list[tuple[int, str]]:
    """Return what is wrong, as pairs of the line in the symbol file and a message.

    `library` is the content of the shared object, `symbols` that of the symbol file, `internal` the
    names that no ABI may have. Raises `ValueError` when `library` is not an ELF file.
    """
    found: list[tuple[int, str]] = []
    promises: list[tuple[int, str, int | None]] = []
    for number, line in enumerate(symbols.splitlines(), 1):
        if line != line.rstrip():
            found.append((number, "white space at the end of the line"))
        if line == _REVIEW:
            found.append((number, "these symbols were generated and not reviewed since"))
        words = line.split()
        if words and not line.startswith("#"):
            size = decimal_number(words[2]) if len(words) == 3 else None
            promises.append((number, words[0], size))
    sizes = dict(dynamic_symbols(library))
    first: dict[str, int] = {}
    for number, name, size in promises:
        if name in internal:
            found.append(
                (number, f"`{name}` is internal to the framework and must not be in an ABI")
            )
        if name in first:
            found.append((number, f"`{name}` is already named in line {first[name]}"))
        first.setdefault(name, number)
        actual = sizes.get(name)
        # Less than promised is fine: the program reserves more than is copied into it.
        if size is not None and actual is not None and actual > size:
            found.append((number, f"`{name}` has {actual} bytes in the library, {size} here"))
    return sorted(found)


def dynamic_symbols(elf: bytes) -> Iterator[tuple[str, int]]:
    """Return the names of the dynamic symbols that an object defines, with their sizes in bytes.

    Raises `ValueError` when `elf` is not an ELF file or ends early.
    """
    if elf[:4] != b"\x7fELF" or len(elf) < 52:
        raise ValueError("not an ELF file")
    wide = elf[4] == 2
    order = "<" if elf[5] == 1 else ">"
    try:
        # e_shoff; then e_shentsize and e_shnum.
        if wide:
            (start,) = struct.unpack_from(f"{order}Q", elf, 40)
            size, count = struct.unpack_from(f"{order}HH", elf, 58)
            header = struct.Struct(f"{order}IIQQQQIIQQ")
        else:
            (start,) = struct.unpack_from(f"{order}I", elf, 32)
            size, count = struct.unpack_from(f"{order}HH", elf, 46)
            header = struct.Struct(f"{order}10I")
        sections = [header.unpack_from(elf, start + index * size) for index in range(count)]
        for section in sections:
            if section[1] == _DYNSYM:
                # sh_link of a symbol table is the number of its string table.
                yield from _symbols(elf, section, sections[section[6]], order, wide)
    except (struct.error, IndexError, OverflowError, ValueError) as error:
        raise ValueError("the ELF file ends early") from error


def _symbols(
    elf: bytes, table: tuple[int, ...], names: tuple[int, ...], order: str, wide: bool
) -> Iterator[tuple[str, int]]:
    offset, length, text = table[4], table[5], names[4]
    # The two classes have the same fields in different orders.
    record = struct.Struct(f"{order}IBBHQQ" if wide else f"{order}IIIBBH")
    for at in range(offset, offset + length, record.size):
        fields = record.unpack_from(elf, at)
        name, section, size = (
            (fields[0], fields[3], fields[5]) if wide else (fields[0], fields[5], fields[2])
        )
        # Section 0 (SHN_UNDEF): the library itself needs the symbol from another one.
        if name and section:
            begin = text + name
            yield elf[begin : elf.index(b"\0", begin)].decode(errors="replace"), size

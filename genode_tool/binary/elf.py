"""The numbers and record layouts of the ELF format that writing an object file needs.

Source: System V ABI (generic part, chapter 4 "Object files"), and the processor supplements of
x86-64, i386, AArch64, ARM and RISC-V for machine and relocation numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from genode_tool.errors import UserError


class SectionType(IntEnum):
    """`sh_type`."""

    PROGBITS = 1
    SYMTAB = 2
    STRTAB = 3
    RELA = 4
    REL = 9


class SectionFlag(IntFlag):
    """`sh_flags`."""

    NONE = 0
    WRITE = 1
    ALLOC = 2
    INFO_LINK = 0x40


@dataclass(frozen=True, slots=True)
class ElfMachine:
    """A target of object files.

    `absolute` is the relocation type that stores a symbol's address in a word of the machine.
    `rela`: relocations have their addend in the record (RELA), not in place (REL).
    `flags` is the usual `e_flags`; RISC-V and ARM linkers compare it with the other objects'.
    """

    name: str
    code: int
    bits: int
    absolute: int
    rela: bool = True
    flags: int = 0

    @property
    def word(self) -> int:
        """Bytes in an address."""
        return self.bits // 8


MACHINES = (
    # R_X86_64_64, R_386_32, R_AARCH64_ABS64, R_ARM_ABS32 and R_RISCV_64; EF_ARM_EABI_VER5;
    # EF_RISCV_RVC with EF_RISCV_FLOAT_ABI_DOUBLE.
    ElfMachine("x86_64", code=62, bits=64, absolute=1),
    ElfMachine("x86_32", code=3, bits=32, absolute=1, rela=False),
    ElfMachine("arm_64", code=183, bits=64, absolute=257),
    ElfMachine("arm", code=40, bits=32, absolute=2, rela=False, flags=0x0500_0000),
    ElfMachine("riscv", code=243, bits=64, absolute=2, flags=0x5),
)


def machine_for_specs(specs: tuple[str, ...] | frozenset[str] | set[str]) -> ElfMachine:
    """Return the machine that a build's `SPECS` select.

    Raises `UserError` when none of the known instruction sets is among them.
    """
    for machine in MACHINES:
        if machine.name in specs:
            return machine
    for spec in ("arm_v8a", "arm_v8"):
        if spec in specs:
            return machine_named("arm_64")
    for spec in ("arm_v6", "arm_v7", "arm_v7a"):
        if spec in specs:
            return machine_named("arm")
    known = ", ".join(machine.name for machine in MACHINES)
    raise UserError(
        f'no known instruction set in SPECS "{" ".join(sorted(specs))}"',
        hint=f"known are {known}",
    )


def machine_named(name: str) -> ElfMachine:
    """Return the machine called `name`; raises `KeyError`."""
    for machine in MACHINES:
        if machine.name == name:
            return machine
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class ElfLayout:
    """The sizes and packings of the records for one word width, little endian."""

    bits: int

    @property
    def header_size(self) -> int:
        """Bytes of the ELF header."""
        return 64 if self.bits == 64 else 52

    @property
    def section_header_size(self) -> int:
        """Bytes of a section header."""
        return 64 if self.bits == 64 else 40

    @property
    def symbol_size(self) -> int:
        """Bytes of a symbol-table entry."""
        return 24 if self.bits == 64 else 16

    def relocation_size(self, rela: bool) -> int:
        """Return the bytes of a relocation record with (`rela`) or without an addend."""
        return (3 if rela else 2) * self.bits // 8

    def header(self, machine: ElfMachine, section_offset: int, sections: int, names: int) -> bytes:
        """Return the header of a relocatable object with section headers at `section_offset`."""
        ident = b"\x7fELF" + bytes((2 if self.bits == 64 else 1, 1, 1)) + bytes(9)
        address = "Q" if self.bits == 64 else "I"
        return ident + struct.pack(
            f"<HHI{address}{address}{address}IHHHHHH",
            1,  # ET_REL
            machine.code,
            1,
            0,
            0,
            section_offset,
            machine.flags,
            self.header_size,
            0,
            0,
            self.section_header_size,
            sections,
            names,
        )

    def section_header(
        self,
        *,
        name: int,
        kind: SectionType | int,
        flags: int,
        offset: int,
        size: int,
        link: int,
        info: int,
        align: int,
        entry_size: int,
    ) -> bytes:
        """Return one section header; `name` is an offset into the section-name table."""
        form = "<IIQQQQIIQQ" if self.bits == 64 else "<IIIIIIIIII"
        return struct.pack(form, name, kind, flags, 0, offset, size, link, info, align, entry_size)

    def symbol(self, *, name: int, value: int, size: int, info: int, section: int) -> bytes:
        """Return one symbol-table entry; `name` is an offset into the string table."""
        if self.bits == 64:
            return struct.pack("<IBBHQQ", name, info, 0, section, value, size)
        return struct.pack("<IIIBBH", name, value, size, info, 0, section)

    def relocation(self, *, offset: int, symbol: int, kind: int, addend: int, rela: bool) -> bytes:
        """Return one relocation record for the place `offset` in its section."""
        if self.bits == 64:
            # ELF64_R_INFO, below ELF32_R_INFO.
            info, record = (symbol << 32) | kind, struct.Struct("<QQ")
            tail = struct.pack("<q", addend) if rela else b""
        else:
            info, record = (symbol << 8) | kind, struct.Struct("<II")
            tail = struct.pack("<i", addend) if rela else b""
        return record.pack(offset, info) + tail

"""Small changes to object files, in place, that no binutil makes.

Sources: System V ABI (object files), the psABIs of x86-64, i386 and RISC-V.
"""

from __future__ import annotations

import struct
from pathlib import Path

# "Relocation Types": GOTPCRELX, REX_GOTPCRELX -> GOTPCREL; GOT32X -> GOT32
_PLAIN = {"EM_X86_64": {41: 9, 42: 9}, "EM_386": {43: 3}}

# RISC-V psABI, "File Header": bits 1 and 2 of e_flags encode the floating-point ABI.
_EF_RISCV_FLOAT_ABI = 0x6
_E_FLAGS_64 = 48


def make_relocations_plain(path: Path) -> None:
    """Replace the relocations of an x86 object that let a linker rewrite instructions.

    The linker would turn a load from the global offset table into an immediate, which fits
    no kernel that is linked to an address beyond 2 GiB.
    """
    from elftools.elf.elffile import ELFFile
    from elftools.elf.relocation import RelocationSection

    changes: list[tuple[int, int]] = []
    with path.open("rb") as file:
        elf = ELFFile(file)
        plain = _PLAIN.get(elf["e_machine"], {})
        for section in elf.iter_sections():
            if not isinstance(section, RelocationSection):
                continue
            for index, entry in enumerate(section.iter_relocations()):
                if int(entry["r_info_type"]) in plain:
                    # r_info is the second word; its lowest byte (i386) or half holds the type
                    place = section["sh_offset"] + index * section["sh_entsize"]
                    place += elf.elfclass // 8
                    changes.append((place, plain[int(entry["r_info_type"])]))
    if changes:
        with path.open("r+b") as file:
            for place, kind in changes:
                file.seek(place)
                file.write(bytes([kind]))


def clear_float_abi(path: Path) -> None:
    """Declare a 64-bit RISC-V object free of floating-point arguments, as one for lp64 is."""
    with path.open("r+b") as file:
        file.seek(_E_FLAGS_64)
        (flags,) = struct.unpack("<I", file.read(4))
        file.seek(_E_FLAGS_64)
        file.write(struct.pack("<I", flags & ~_EF_RISCV_FLOAT_ABI))

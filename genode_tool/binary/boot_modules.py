"""The object file with the boot modules of a scenario, which is linked into its image.

Format (the framework's own, described in `repos/base-hw/doc/image.md`): section `.data` holds,
between `_boot_modules_headers_begin` and `_end`, one record of three words per module: address
of the zero-terminated name, address of the content, size in bytes. Section
`.data.boot_modules_binaries` holds the contents between `_boot_modules_binaries_begin` and
`_end`, each at a page boundary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from genode_tool.binary.elf import ElfMachine, SectionFlag
from genode_tool.binary.objects import (
    FilePiece,
    Piece,
    Relocation,
    Section,
    Symbol,
    padding,
    write_object,
)
from genode_tool.errors import UserError

PAGE = 4096
_TABLE = ".data"
_CONTENTS = ".data.boot_modules_binaries"


@dataclass(frozen=True, slots=True)
class BootModule:
    """A boot module: its name, the file that holds its content, its size in bytes."""

    name: str
    path: Path
    size: int

    @staticmethod
    def from_file(path: Path, name: str = "") -> BootModule:
        """Return the module for the file at `path`, with the file's name unless `name` is given.

        Raises `UserError` when the file does not exist or is a directory.
        """
        try:
            real = path.resolve(strict=True)
            size = real.stat().st_size
        except OSError as error:
            raise UserError(f"boot module {path}: {error.strerror}") from error
        if not real.is_file():
            raise UserError(f"boot module {path} is not a file")
        return BootModule(name or path.name, real, size)


def write_boot_modules(path: Path, machine: ElfMachine, modules: Iterable[BootModule]) -> None:
    """Write the object file for `modules`, in the given order, to `path`.

    Raises `UserError` for a name that appears twice, `EnvironmentProblem` when the file
    cannot be written.
    """
    listed = tuple(modules)
    _refuse_duplicates(listed)
    word = machine.word
    table = bytearray()
    names = bytearray()
    relocations: list[Relocation] = []
    symbols: list[Symbol] = []
    contents: list[Piece] = []
    names_start = 3 * word * len(listed)
    content_offset = 0
    for index, module in enumerate(listed, start=1):
        name_symbol, content_symbol = f"_boot_module_{index}_name", f"_boot_module_{index}_begin"
        encoded = module.name.encode() + b"\0"
        symbols += [
            Symbol(name_symbol, _TABLE, names_start + len(names), len(encoded)),
            Symbol(content_symbol, _CONTENTS, content_offset, module.size),
        ]
        relocations += [
            Relocation(len(table), name_symbol),
            Relocation(len(table) + word, content_symbol),
        ]
        # The linker fills the two addresses in.
        table += bytes(2 * word) + module.size.to_bytes(word, "little")
        names += encoded + padding(len(encoded), word)
        # Core maps the pages of each module into others, so no page may belong to two modules.
        gap = padding(module.size, PAGE)
        contents += [FilePiece(module.path, module.size), gap]
        content_offset += module.size + len(gap)
    symbols += [
        Symbol("_boot_modules_headers_begin", _TABLE, 0, is_global=True),
        Symbol("_boot_modules_headers_end", _TABLE, len(table), is_global=True),
        Symbol("_boot_modules_binaries_begin", _CONTENTS, 0, is_global=True),
        Symbol("_boot_modules_binaries_end", _CONTENTS, content_offset, is_global=True),
    ]
    writable = SectionFlag.ALLOC | SectionFlag.WRITE
    write_object(
        path,
        machine,
        (
            Section(_TABLE, writable, word, (bytes(table), bytes(names)), tuple(relocations)),
            Section(_CONTENTS, writable, PAGE, tuple(contents)),
        ),
        symbols,
    )


def _refuse_duplicates(modules: tuple[BootModule, ...]) -> None:
    seen: set[str] = set()
    for module in modules:
        if module.name in seen:
            raise UserError(f'boot module "{module.name}" appears twice')
        seen.add(module.name)

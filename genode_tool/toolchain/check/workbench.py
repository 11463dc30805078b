"""The bench on which probes are compiled and linked: a scratch directory and the tools."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.toolchain.architectures import Architecture, Multilib

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import Symbol

STEP_S = 60


class ProbeFailed(Exception):
    """A tool refused a probe; the text is its error message."""


@dataclass(slots=True)
class Workbench:
    """Tools whose paths begin with `prefix`, and `directory` to work in.

    `adopted` names the distribution's compiler that they wrap (`gcc`, `clang-16`), "" for others.
    """

    architecture: Architecture
    prefix: str
    directory: Path
    adopted: str = ""
    _count: int = 0
    _environment: dict[str, str] = field(
        default_factory=lambda: process.scrubbed_environment({"LC_ALL": "C"})
    )

    @property
    def clang(self) -> bool:
        """True if the compiler is clang."""
        return self.adopted.startswith("clang")

    @property
    def main(self) -> Multilib:
        """The ABI that is compiled for unless options say otherwise."""
        return self.architecture.multilibs[0]

    def tool(self, name: str) -> str:
        """Return the path of a tool."""
        return f"{self.prefix}{name}"

    def has(self, name: str) -> bool:
        """Return whether a tool can be called."""
        if "/" in self.prefix:
            return os.access(self.tool(name), os.X_OK)
        return process.find_program(self.tool(name)) is not None

    def run(self, tool: str, *words: str | Path) -> str:
        """Run a tool and return what it printed; raises `ProbeFailed` when it fails."""
        argv = [self.tool(tool), *(str(word) for word in words)]
        try:
            done = process.run(argv, cwd=self.directory, env=self._environment, timeout=STEP_S)
        except EnvironmentProblem as problem:
            raise ProbeFailed(str(problem)) from None
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            telling = [line for line in lines if "error" in line or "undefined" in line] or lines
            raise ProbeFailed(telling[0].strip() if telling else f"{tool} failed silently")
        return done.stdout.decode(errors="replace")

    def write(self, text: str, suffix: str) -> Path:
        """Write a file under a name of its own and return its path."""
        self._count += 1
        path = self.directory / f"probe{self._count}{suffix}"
        path.write_text(text)
        return path

    def compile(
        self, text: str, *options: str, suffix: str = ".c", flags: Multilib | None = None
    ) -> Path:
        """Compile `text` and return the object; `.cc` is C++, `.S` and `.s` are assembly."""
        source = self.write(text, suffix)
        compiler = "g++" if suffix == ".cc" else "gcc"
        result = source.with_suffix(".o")
        abi = (flags or self.main).flags
        self.run(compiler, *abi, *options, "-c", source, "-o", result)
        return result

    def link(self, *words: str | Path, driver: str = "g++") -> Path:
        """Link without any library that is not named and return the result."""
        self._count += 1
        result = self.directory / f"linked{self._count}"
        self.run(driver, *words, "-o", result)
        return result

    def library(self, name: str, flags: Multilib | None = None) -> Path | None:
        """Return the archive that the compiler has for an ABI, or None."""
        found = self.run("g++", *(flags or self.main).flags, f"-print-file-name={name}").strip()
        # The compiler prints the plain name back when it does not find the file.
        return Path(found) if Path(found).is_absolute() and Path(found).is_file() else None

    def elf(self, path: Path) -> ELFFile:
        """Read an ELF file; raises `ProbeFailed` for any other file."""
        from elftools.common.exceptions import ELFError
        from elftools.elf.elffile import ELFFile

        try:
            return ELFFile(io.BytesIO(path.read_bytes()))
        except (ELFError, OSError) as error:
            raise ProbeFailed(f"{path.name} is not an ELF file: {error}") from None


def sections(elf: ELFFile) -> set[str]:
    """Return the names of the sections."""
    return {section.name for section in elf.iter_sections()}


def segments(elf: ELFFile) -> set[str]:
    """Return the types of the segments, such as `PT_GNU_RELRO`."""
    return {str(segment["p_type"]) for segment in elf.iter_segments()}


def symbols(elf: ELFFile) -> list[Symbol]:
    """Return the entries of the symbol table, none when it was stripped."""
    from elftools.elf.sections import SymbolTableSection

    table = elf.get_section_by_name(".symtab")
    return list(table.iter_symbols()) if isinstance(table, SymbolTableSection) else []


def undefined(elf: ELFFile) -> set[str]:
    """Return the names that an object refers to and does not define."""
    return {
        symbol.name for symbol in symbols(elf) if symbol["st_shndx"] == "SHN_UNDEF" and symbol.name
    }


def relocation_types(elf: ELFFile) -> set[int]:
    """Return the numbers of the relocation types in an object."""
    from elftools.elf.relocation import RelocationSection

    return {
        int(entry["r_info_type"])
        for section in elf.iter_sections()
        if isinstance(section, RelocationSection)
        for entry in section.iter_relocations()
    }

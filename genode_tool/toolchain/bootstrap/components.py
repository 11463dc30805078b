"""The components of a tool chain, and the cost of building each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

_MIB = 1 << 20


class Component(Enum):
    """One package of sources; the value is its name in archives and directories."""

    BINUTILS = "binutils"
    GCC = "gcc"
    GDB = "gdb"

    @property
    def title(self) -> str:
        """The name in prose."""
        name = str(self.value)
        return name if self is Component.BINUTILS else name.upper()


class ToolChainFeature(Enum):
    """The choices of `--features`."""

    C = "c"
    CXX = "c++"
    ADA = "ada"
    GO = "go"
    GDB = "gdb"

    @property
    def is_language(self) -> bool:
        """True if it is a language that GCC is configured for."""
        return self is not ToolChainFeature.GDB


@dataclass(frozen=True, slots=True)
class Cost:
    """Disk space in bytes, and how much output to expect, in units of `progress.weight`.

    `source` is the unpacked archive, `build` one architecture's build tree, `installed` what
    ends up in the prefix. `library_units` are those of each multilib's support libraries.
    Seen with binutils 2.40 and GCC 12.2.
    """

    source: int
    build: int
    installed: int
    units: int
    library_units: int = 0


COSTS = {
    Component.BINUTILS: Cost(200 * _MIB, 80 * _MIB, 30 * _MIB, 450),
    Component.GCC: Cost(500 * _MIB, 450 * _MIB, 200 * _MIB, 3300, 1000),
    Component.GDB: Cost(250 * _MIB, 400 * _MIB, 30 * _MIB, 3000),
}

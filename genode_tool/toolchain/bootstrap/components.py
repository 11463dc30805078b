"""What a tool chain consists of, and what each part costs to build."""

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
        """How people write it."""
        name = str(self.value)
        return name if self is Component.BINUTILS else name.upper()


class Feature(Enum):
    """What `--features` chooses from."""

    C = "c"
    CXX = "c++"
    ADA = "ada"
    GO = "go"
    GDB = "gdb"

    @property
    def is_language(self) -> bool:
        """Whether GCC is told about it."""
        return self is not Feature.GDB


DEFAULT_FEATURES = (Feature.C, Feature.CXX, Feature.GDB)


@dataclass(frozen=True, slots=True)
class Cost:
    """What was seen when it was built: disk space in bytes, and lines of output that compile.

    `source` is the unpacked archive, `build` one architecture's build tree, `installed` what
    ends up in the prefix. `units` are counted by `progress.weight`; `library_units` are those of
    each multilib's support libraries.
    """

    source: int
    build: int
    installed: int
    units: int
    library_units: int = 0


COSTS = {
    Component.BINUTILS: Cost(400 * _MIB, 100 * _MIB, 30 * _MIB, 500),
    Component.GCC: Cost(1000 * _MIB, 1000 * _MIB, 300 * _MIB, 1000, 400),
    Component.GDB: Cost(400 * _MIB, 500 * _MIB, 50 * _MIB, 1500),
}

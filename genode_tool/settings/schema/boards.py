"""Boards as QEMU emulates them (`etc/boards.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from genode_tool.settings.schema.checked import Check, NotNegative

SerialLine = Annotated[int, Check(lambda value: value in (1, 2), "1 or 2")]


@dataclass(frozen=True, slots=True)
class Board:
    """One board; what is empty or 0 is left to QEMU.

    `qemu` is the emulator's program, "" for a board that needs none. `machine`, `cpu`, `processors`
    and `memory` (MiB) are what `-machine`, `-cpu`, `-smp` and `-m` get, `arguments` further words.
    The log comes out of the serial line number `log_serial`. `compiler` is GCC's name of the
    target, such as `arm-none-eabi`.
    """

    qemu: str = ""
    machine: str = ""
    cpu: str = ""
    processors: NotNegative = 0
    memory: NotNegative = 0
    arguments: tuple[str, ...] = ()
    log_serial: SerialLine = 1
    compiler: str = ""


@dataclass(frozen=True, slots=True)
class Boards:
    """All boards; the emulator for each spec, of which the first that a build has counts.

    `default_boards` are the boards of new build directories by platform.
    """

    boards: Mapping[str, Board] = field(default_factory=dict)
    emulators: Mapping[str, str] = field(default_factory=dict)
    default_boards: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> Board:
        """Return the board `name`, an empty one when there is none."""
        return self.boards.get(name, Board())

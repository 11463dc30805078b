"""Kinds of external programs, and of the machines that scenarios need them for."""

from __future__ import annotations

from enum import Enum


class Machine(Enum):
    """The machine that a scenario boots on, as far as it decides which programs are needed."""

    HOST = "linux"
    X86 = "x86"
    ARM = "arm"
    RISCV = "riscv"


class Kind(Enum):
    """The way a program is found."""

    COMMAND = "command"
    MODULE = "Python module"
    HEADER = "C header"
    FILE = "file"

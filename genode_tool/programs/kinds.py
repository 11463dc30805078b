"""What is told about an outside program, and how it is found."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Feature(Enum):
    """What a user may want to do; the value is what `genode doctor` calls it."""

    SETUP = "set-up"
    BUILD = "build"
    RUN = "run"
    IMAGE = "image"
    PREPARE = "ports"
    TOOL_CHAIN = "tool-chain"
    ADOPT_X86 = "tool-chain adopt x86"
    ADOPT_ARM = "tool-chain adopt arm"
    ADOPT_AARCH64 = "tool-chain adopt aarch64"
    ADOPT_RISCV = "tool-chain adopt riscv"
    ADOPT_CLANG = "tool-chain adopt --compiler clang"
    TEST = "selftest"

    @property
    def rests_on(self) -> tuple[Feature, ...]:
        """The feature itself and those it includes."""
        return _INCLUDED[self]


_INCLUDED = {
    Feature.SETUP: (Feature.SETUP,),
    Feature.BUILD: (Feature.SETUP, Feature.BUILD),
    Feature.RUN: (Feature.SETUP, Feature.BUILD, Feature.RUN),
    Feature.IMAGE: (Feature.SETUP, Feature.BUILD, Feature.RUN, Feature.IMAGE),
    Feature.PREPARE: (Feature.SETUP, Feature.PREPARE),
    Feature.TOOL_CHAIN: (Feature.SETUP, Feature.TOOL_CHAIN),
    Feature.ADOPT_X86: (Feature.SETUP, Feature.ADOPT_X86),
    Feature.ADOPT_ARM: (Feature.SETUP, Feature.ADOPT_ARM),
    Feature.ADOPT_AARCH64: (Feature.SETUP, Feature.ADOPT_AARCH64),
    Feature.ADOPT_RISCV: (Feature.SETUP, Feature.ADOPT_RISCV),
    Feature.ADOPT_CLANG: (Feature.SETUP, Feature.ADOPT_CLANG),
    Feature.TEST: (
        Feature.SETUP,
        Feature.BUILD,
        Feature.RUN,
        Feature.IMAGE,
        Feature.PREPARE,
        Feature.TOOL_CHAIN,
        Feature.ADOPT_X86,
        Feature.ADOPT_ARM,
        Feature.ADOPT_AARCH64,
        Feature.ADOPT_RISCV,
        Feature.ADOPT_CLANG,
        Feature.TEST,
    ),
}


class Machine(Enum):
    """What a scenario boots on, as far as it decides which programs are needed."""

    HOST = "linux"
    X86 = "x86"
    ARM = "arm"
    RISCV = "riscv"


class Kind(Enum):
    """How a program is found."""

    COMMAND = "command"
    MODULE = "Python module"
    HEADER = "C header"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Program:
    """One outside program (or module of Python's own library that Debian packages apart).

    `machines` restricts it to scenarios on those machines; empty means always. A program that
    is not `required` only makes its feature better, but tests may need it (`for_tests`).
    """

    name: str
    package: str
    feature: Feature
    purpose: str
    kind: Kind = Kind.COMMAND
    machines: tuple[Machine, ...] = ()
    required: bool = True
    for_tests: bool = False
    version_argument: str = "--version"

    def find(self) -> Path | None:
        """Return where the program is, or None."""
        if self.kind is Kind.COMMAND:
            found = shutil.which(self.name)
            return Path(found).absolute() if found else None
        if self.kind is Kind.FILE:
            return Path(self.name) if Path(self.name).exists() else None
        if self.kind is Kind.HEADER:
            return _find_header(self.name)
        importlib.invalidate_caches()  # it may have been installed while we run
        spec = importlib.util.find_spec(self.name)
        return Path(spec.origin) if spec and spec.origin else None

    @property
    def installable(self) -> bool:
        """Whether installing the Debian package makes `find` succeed.

        A module packaged by Debian serves Debian's own Python alone.
        """
        return self.kind is not Kind.MODULE or sys.base_prefix == "/usr"


def _find_header(name: str) -> Path | None:
    """Return where the host's C compiler finds <`name`>, looking where Debian keeps headers."""
    given = [Path(one) for one in os.environ.get("CPATH", "").split(os.pathsep) if one]
    usual = [Path("/usr/local/include"), *Path("/usr/include").glob("*-linux-gnu*")]
    for directory in (*given, *usual, Path("/usr/include")):
        if (directory / name).is_file():
            return directory / name
    return None

"""External programs: the features that they belong to, and how each is found."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from enum import Enum
from pathlib import Path

from genode_tool.record import record
from genode_tool.settings.schema.program_kinds import Kind, Machine

_SYSTEM_PATHS = "/usr/sbin:/sbin"
"""Directories of administration programs (mke2fs), which other users' PATH does not have."""

_PREFIX = "/usr/"


class Feature(Enum):
    """A group of commands; the value is its name in `genode doctor`."""

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
    def key(self) -> str:
        """Its name in the settings."""
        return self.name.lower().replace("_", "-")

    @property
    def rests_on(self) -> tuple[Feature, ...]:
        """The feature itself and those it includes."""
        return _INCLUDED[self]


_INCLUDED = {
    **{feature: (Feature.SETUP, feature) for feature in Feature},
    Feature.SETUP: (Feature.SETUP,),
    Feature.RUN: (Feature.SETUP, Feature.BUILD, Feature.RUN),
    Feature.IMAGE: (Feature.SETUP, Feature.BUILD, Feature.RUN, Feature.IMAGE),
    Feature.TEST: tuple(Feature),
}


ADOPTION = frozenset(one for one in Feature if one.value.startswith("tool-chain adopt"))
"""The features of adopting compilers, which not every distribution has."""


@record
class Program:
    """One external program (or module of Python's own library that distributions package apart).

    `package` has it in the distribution `owner`: the host's, or Debian where that one's is unknown.
    `machines` restricts it to scenarios on those machines; empty means always. A program that
    is not `required` only makes its feature better, but tests may need it (`for_tests`).
    `alternatives` are its names or places on other distributions.
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
    owner: str = "Debian"
    alternatives: tuple[str, ...] = ()

    def find(self) -> Path | None:
        """Return the path of the program, or None."""
        names = (self.name, *self.alternatives)
        if self.kind is Kind.COMMAND:
            return next((found for name in names if (found := _find_command(name))), None)
        if self.kind is Kind.FILE:
            return next((found for name in names if (found := _find_file(name))), None)
        if self.kind is Kind.HEADER:
            return _find_header(self.name)
        importlib.invalidate_caches()  # it may have been installed while we run
        spec = importlib.util.find_spec(self.name)
        return Path(spec.origin) if spec and spec.origin else None

    @property
    def installable(self) -> bool:
        """True if installing the package makes `find` succeed.

        A module packaged by a distribution serves the distribution's own Python alone.
        """
        return self.kind is not Kind.MODULE or sys.base_prefix == "/usr"


def _find_command(name: str) -> Path | None:
    found = shutil.which(name) or shutil.which(name, path=_SYSTEM_PATHS)
    return Path(found).absolute() if found else None


def _find_file(name: str) -> Path | None:
    """Return the file `name`, or what corresponds to it below another prefix than /usr.

    `name` may have `*`. Where each package has a directory of its own (NixOS), PATH tells those
    prefixes.
    """
    if "*" in name:
        return next(iter(sorted(Path("/").glob(name.lstrip("/")))), None)
    places = [Path(name)]
    if name.startswith(_PREFIX):
        searched = os.environ.get("PATH", "").split(os.pathsep)
        prefixes = (Path(one).parent for one in searched if one.endswith("/bin"))
        places += [prefix / name.removeprefix(_PREFIX) for prefix in prefixes]
    return next((place for place in places if place.exists()), None)


def _find_header(name: str) -> Path | None:
    """Return where the host's C compiler finds <`name`>, looking where Debian keeps headers."""
    given = [Path(one) for one in os.environ.get("CPATH", "").split(os.pathsep) if one]
    usual = [Path("/usr/local/include"), *Path("/usr/include").glob("*-linux-gnu*")]
    for directory in (*given, *usual, Path("/usr/include")):
        if (directory / name).is_file():
            return directory / name
    return None

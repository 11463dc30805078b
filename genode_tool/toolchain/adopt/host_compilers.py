"""The distribution's compilers: their names, and the packages that contain them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self

from genode_tool import process
from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.programs.catalogue import names_of
from genode_tool.programs.distribution import DEBIAN, host_ids
from genode_tool.programs.installing import install_debian_packages
from genode_tool.toolchain.adopt.drivers import Drivers, find_compiler, find_drivers, find_real
from genode_tool.toolchain.architectures import Architecture, Multilib

_ANSWER_S = 20


class Family(Enum):
    """The family of the wrapped compiler."""

    GCC = "gcc"
    CLANG = "clang"


@dataclass(frozen=True, slots=True)
class WantedCompiler:
    """The compiler to wrap. `major` is its major version, "" for the distribution's default."""

    family: Family = Family.GCC
    major: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `gcc`, `clang`, or one of them with a major version: `gcc-13`.

        Raises `UserError` for anything else.
        """
        found = re.fullmatch(r"(gcc|clang)(?:-([1-9]\d?))?", text)
        if not found:
            raise UserError(
                f"`{text}` is not a compiler",
                hint="write gcc or clang, with or without a major version: gcc-13, clang-16",
            )
        return cls(Family(found[1]), found[2] or "")

    def command(self, name: str) -> str:
        """Return the distribution's name for the driver `name` in this version."""
        return f"{name}-{self.major}" if self.major else name

    def __str__(self) -> str:
        return self.command(self.family.value)


DEFAULT_COMPILER = WantedCompiler()
"""The distribution's GCC, in its default version."""


@dataclass(frozen=True, slots=True)
class DistributionCompiler:
    """The distribution's compiler that is adopted for one architecture.

    On Debian, the tools' names begin with `triplet`; `etc/programs.toml` has their names elsewhere.
    `packages`, by Debian's names, have them; in `extra`, `{major}` stands for the compiler's
    major version. `soft_float` is the triplet of another compiler whose libraries serve where
    the first one's need a floating-point unit.
    """

    triplet: str
    packages: tuple[str, ...]
    extra: tuple[str, ...] = ()
    soft_float: str = ""

    def find(self, major: str = "") -> Drivers | None:
        """Return the compilers of version `major` ("" for the default), or None."""
        return find_drivers(names_of(f"{self.triplet}-gcc"), self.triplet.partition("-")[0], major)

    def find_soft_float(self) -> Path | None:
        """Return the C compiler with libraries for soft float, or None."""
        return find_compiler(names_of(f"{self.soft_float}-gcc")) if self.soft_float else None

    def driver_packages(self, major: str) -> tuple[str, ...]:
        """Return the packages of the compilers; `major` is a version other than the default."""
        version = f"-{major}" if major else ""
        return tuple(re.sub(r"^(gcc|g\+\+)(?=-|$)", rf"\1{version}", one) for one in self.packages)


DISTRIBUTION_COMPILERS = {
    "x86": DistributionCompiler(
        "x86_64-linux-gnu",
        ("gcc", "g++", "binutils"),
        ("lib32stdc++-{major}-dev", "gcc-{major}-plugin-dev"),
    ),
    "arm": DistributionCompiler(
        "arm-linux-gnueabi",
        ("gcc-arm-linux-gnueabi", "g++-arm-linux-gnueabi"),
        ("gcc-{major}-plugin-dev-arm-linux-gnueabi",),
    ),
    "aarch64": DistributionCompiler(
        "aarch64-linux-gnu",
        ("gcc-aarch64-linux-gnu", "g++-aarch64-linux-gnu"),
        ("gcc-{major}-plugin-dev-aarch64-linux-gnu",),
    ),
    "riscv": DistributionCompiler(
        "riscv64-linux-gnu",
        ("gcc-riscv64-linux-gnu", "g++-riscv64-linux-gnu"),
        ("gcc-riscv64-unknown-elf", "gcc-{major}-plugin-dev-riscv64-linux-gnu"),
        soft_float="riscv64-unknown-elf",
    ),
}


@dataclass(frozen=True, slots=True)
class HostTools:
    """The tools of a distribution compiler on this host. `version` is GCC's, as `12.2.0`.

    `clang` are the two drivers, for C and for C++, when they are to be wrapped in GCC's place.
    """

    distribution: DistributionCompiler
    drivers: Drivers
    gcc: Path
    gxx: Path
    version: str
    clang: tuple[Path, Path] | None = None

    @property
    def major(self) -> str:
        """GCC's major version."""
        return self.version.partition(".")[0]

    @property
    def compiler(self) -> Path:
        """The C compiler that is wrapped."""
        return self.clang[0] if self.clang else self.gcc

    def compiler_version(self) -> str:
        """Return the version of the compiler that is wrapped."""
        return self.ask("-dumpversion", compiler=self.compiler) if self.clang else self.version

    def tool(self, name: str) -> Path:
        """Return the path of binutil `name`; raises `EnvironmentProblem` when it is missing."""
        found = self.drivers.tool(name)
        if found is None:
            raise _missing(f"{self.distribution.triplet}-{name}", self.distribution.packages)
        return found

    def ask(self, *words: str, compiler: Path | None = None) -> str:
        """Return what the compiler answers to `words`, such as `-print-libgcc-file-name`."""
        program = compiler or self.gcc
        done = process.run([str(program), *words], timeout=_ANSWER_S)
        if done.returncode:
            raise EnvironmentProblem(
                f"`{done.command_line}` failed: {done.stderr.decode(errors='replace').strip()}",
                hint="is the package complete? "
                + install_debian_packages(self.distribution.packages),
            )
        return done.stdout.decode().strip()

    def library(self, multilib: Multilib, name: str) -> Path | None:
        """Return the distribution's archive `name` for an ABI, or None when it has none.

        A driver without libraries for the ABI names those of its default ABI.
        """
        found = self.ask(*multilib.flags, f"-print-file-name={name}", compiler=self.gxx)
        # GCC prints the plain name back for a file that it does not find.
        if not Path(found).is_absolute():
            return None
        other_abi = multilib.flags and multilib.directory != "."
        if other_abi and found == self.ask(f"-print-file-name={name}", compiler=self.gxx):
            return None
        return Path(found).resolve()

    def plugin_headers(self) -> Path | None:
        """Return the directory of the headers for plugins of GCC, or None when there is none."""
        found = Path(self.ask("-print-file-name=plugin")) / "include"
        return found if (found / "gcc-plugin.h").is_file() else None

    def cxx_headers(self) -> tuple[str, ...]:
        """Return the directories of the C++ library's headers, in the order of searching."""
        done = process.run(
            [str(self.gxx), "-E", "-v", "-x", "c++", os.devnull],
            env=process.scrubbed_environment({"LC_ALL": "C"}),
            timeout=_ANSWER_S,
        )
        listed = re.search(
            r"^#include <\.\.\.>.*?$\n(.*?)^End of search list", done.stderr.decode(), re.M | re.S
        )
        found = [
            os.path.normpath(line.strip()) for line in (listed[1] if listed else "").split("\n")
        ]
        return tuple(path for path in found if "c++" in path.split("/"))


def find_host_tools(
    architecture: Architecture, wanted: WantedCompiler = DEFAULT_COMPILER
) -> HostTools:
    """Return the distribution's tools for `architecture`.

    clang needs GCC's as well, for the libraries.
    Raises `EnvironmentProblem` with the command that installs them when the compiler is missing.
    """
    distribution = DISTRIBUTION_COMPILERS[architecture.name]
    gcc_wanted = wanted if wanted.family is Family.GCC else DEFAULT_COMPILER
    drivers = distribution.find(gcc_wanted.major)
    if drivers is None:
        names = [f"{distribution.triplet}-{gcc_wanted.command(name)}" for name in ("gcc", "g++")]
        missing = next((name for name in names if find_real(name) is None), names[0])
        wanted_packages = distribution.driver_packages(gcc_wanted.major)
        raise _missing(missing, wanted_packages, from_source(architecture))
    gcc, gxx = drivers.gcc.resolve(), drivers.gxx.resolve()
    version = process.run([str(gcc), "-dumpfullversion"], timeout=_ANSWER_S).stdout.decode()
    clang = None
    if wanted.family is Family.CLANG:
        found = [process.find_program(wanted.command(name)) for name in ("clang", "clang++")]
        if found[0] is None or found[1] is None:
            raise _missing(str(wanted), (str(wanted),))
        clang = found[0], found[1]  # not resolved: clang++ is clang under another name
    return HostTools(distribution, drivers, gcc, gxx, version.strip(), clang)


def packages(architecture: Architecture, major: str) -> tuple[str, ...]:
    """Return all packages that adopting `architecture` needs, by Debian's names."""
    distribution = DISTRIBUTION_COMPILERS[architecture.name]
    return (*distribution.packages, *(name.format(major=major) for name in distribution.extra))


def from_source(architecture: Architecture) -> str:
    """Return the end of a hint where the distribution may have no compiler to adopt, or ""."""
    if DEBIAN in host_ids():
        return ""
    return f"; or build one from source: `genode tool-chain {architecture.name}`"


def _missing(program: str, wanted: tuple[str, ...], otherwise: str = "") -> EnvironmentProblem:
    return EnvironmentProblem(
        f"the distribution's compiler `{program}` is missing",
        hint=f"{install_debian_packages(wanted)}{otherwise}",
    )

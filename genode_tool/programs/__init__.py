"""The outside programs that features rest on, and the Debian packages that bring them.

The table is the only such list: the launcher installs from it, `genode doctor` prints it,
and errors about a missing program take their hint from it. Standard library only: the launcher
reads it before its environment exists.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from genode_tool.programs.kinds import Feature, Kind, Machine, Program
from genode_tool.programs.table import PROGRAMS

__all__ = [
    "PROGRAMS",
    "Feature",
    "Kind",
    "Machine",
    "Program",
    "debian_package",
    "how_to_get",
    "install_command",
    "needed",
    "packages_of",
]


def needed(feature: Feature, machines: Iterable[Machine] = ()) -> tuple[Program, ...]:
    """Return the programs that `feature` cannot do without on any of `machines`."""
    wanted = set(machines)
    return tuple(
        program
        for program in PROGRAMS
        if program.feature in feature.rests_on
        and (
            wanted & set(program.machines)
            if program.machines
            else program.required or (program.for_tests and feature is Feature.TEST)
        )
    )


def packages_of(programs: Iterable[Program]) -> tuple[str, ...]:
    """Return the Debian packages that bring `programs`, each once, in order."""
    return tuple(dict.fromkeys(program.package for program in programs))


def install_command(packages: Iterable[str]) -> str:
    """Return the one command that this user types for installing Debian `packages`."""
    apt = "apt-get" if os.geteuid() == 0 else "sudo apt-get"
    names = " ".join(packages)
    return f"{apt} update && {apt} install --no-install-recommends -y {names}"


def debian_package(name: str) -> str:
    """Return the Debian package that brings the program `name`, "" when it is not listed."""
    return next((one.package for one in PROGRAMS if one.name == name), "")


def how_to_get(name: str) -> str:
    """Return the hint for an error about the missing program `name`: its package, if known."""
    program = next((one for one in PROGRAMS if one.name == name), None)
    if program is None:
        return "`genode doctor` lists the usual programs and how to get them"
    return f"Debian package {program.package}; `genode doctor` lists all that is missing"

"""Outside programs and the packages that have them (`etc/programs.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from genode_tool.settings.schema.program_kinds import Kind, Machine


@dataclass(frozen=True, slots=True)
class ProgramEntry:
    """One program; the file's comments say what each key means."""

    purpose: str
    packages: Mapping[str, str]
    kind: Kind = Kind.COMMAND
    machines: tuple[Machine, ...] = ()
    required: bool = True
    for_tests: bool = False
    version_argument: str = "--version"


@dataclass(frozen=True, slots=True)
class Distribution:
    """How packages of one distribution are installed.

    `refresh` (may be empty) and `install` are the words of the commands, without `sudo`;
    `as_root` tells whether they need it.
    """

    name: str
    install: tuple[str, ...]
    refresh: tuple[str, ...] = ()
    as_root: bool = True


@dataclass(frozen=True, slots=True)
class ProgramSettings:
    """Programs by feature and name; distributions by the ID of their `os-release`.

    `default_gcc` has the major version of a distribution's compiler, for the names of packages.
    """

    programs: Mapping[str, Mapping[str, ProgramEntry]] = field(default_factory=dict)
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    default_gcc: Mapping[str, str] = field(default_factory=dict)

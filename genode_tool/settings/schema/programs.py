"""External programs and the packages that contain them (`etc/programs.toml`)."""

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
    alternatives: tuple[str, ...] = ()
    compiler: str = ""
    machines: tuple[Machine, ...] = ()
    required: bool = True
    for_tests: bool = False
    version_argument: str = "--version"


@dataclass(frozen=True, slots=True)
class Unattended:
    """The commands by which the launcher installs packages without asking.

    `refresh` and `install` are the words of the commands, without `sudo`; `environment` is set
    for both. `lists` matches the lists of packages, which are refreshed when a week old; without
    it, they are refreshed each time. `lock` is a file that exists while another process installs.
    `success` are the exit statuses of `install` that mean success.
    """

    install: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    lists: str = ""
    lock: str = ""
    success: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Distribution:
    """The commands that install packages of one distribution.

    `refresh` (may be empty) and `install` are the words of the commands to type, without `sudo`;
    `as_root`: they need it. `python_module` is the package of a Python module, with
    `{name}` for the module's name.
    """

    name: str
    install: tuple[str, ...]
    refresh: tuple[str, ...] = ()
    as_root: bool = True
    python_module: str = ""
    unattended: Unattended = Unattended()


@dataclass(frozen=True, slots=True)
class ProgramSettings:
    """Programs by feature and name; distributions by the ID of their `os-release`.

    `default_gcc` has the major version of a distribution's compiler, for the names of packages.
    `other_packages` and `python_modules` have names of packages by distribution: of packages of
    Debian that belong to no program of the list, and of Python modules that are exceptions.
    """

    programs: Mapping[str, Mapping[str, ProgramEntry]] = field(default_factory=dict)
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    default_gcc: Mapping[str, str] = field(default_factory=dict)
    other_packages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    python_modules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

"""The prerequisites of a build, all of them checked before the first step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from genode_tool import process
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs.catalogue import all_programs
from genode_tool.programs.installing import install_programs
from genode_tool.toolchain.bootstrap.components import Component, ToolChainFeature
from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe, BuildStep

_ALWAYS = ("make", "gcc", "g++", "ld", "m4", "flex", "bison", "xz")
_FOR_COMPONENT = {
    Component.BINUTILS: (),
    Component.GCC: ("gmp.h", "mpfr.h", "mpc.h"),
    Component.GDB: ("gmp.h", "mpfr.h", "expat.h", "ncurses.h", "makeinfo"),
}
_FOR_FEATURE = {ToolChainFeature.ADA: ("gnatmake",)}
_MIB = 1 << 20
_SPARE = 100 * _MIB
_SUDO_S = 20


def check_programs(components: Iterable[Component], features: Iterable[ToolChainFeature]) -> None:
    """Raise `EnvironmentProblem` with one command that installs all that is missing."""
    names = dict.fromkeys(
        (
            *_ALWAYS,
            *(name for one in components for name in _FOR_COMPONENT[one]),
            *(name for one in features for name in _FOR_FEATURE.get(one, ())),
        )
    )
    known = {program.name: program for program in all_programs()}
    missing = [known[name] for name in names if known[name].find() is None]
    if missing:
        shown = ", ".join(f"{one.name} ({one.purpose})" for one in missing)
        raise EnvironmentProblem(
            f"the tool chain cannot be built without: {shown}",
            hint=install_programs(missing),
        )


def check_space(recipe: BuildRecipe, todo: Sequence[BuildStep]) -> None:
    """Raise `EnvironmentProblem` when the steps `todo` and the installation will not fit."""
    wanted: dict[int, tuple[Path, int]] = {}
    for path, size in (
        (recipe.directory, sum(step.space for step in todo)),
        (recipe.prefix, sum(step.space for step in todo if step.name.endswith("-install"))),
    ):
        if size:
            existing = _existing(path)
            device = existing.stat().st_dev
            # Build directory and prefix may share a file system: then their needs add up.
            before = wanted.get(device, (existing, 0))
            wanted[device] = (before[0], before[1] + size)
    for path, size in wanted.values():
        free = shutil.disk_usage(path).free
        if free < size + _SPARE:
            raise EnvironmentProblem(
                f"building takes about {_gib(size + _SPARE)} below {path}, found {_gib(free)} free",
                hint="free some space, or choose other places with --build-dir and --prefix",
            )


def check_places(recipe: BuildRecipe, *, sudo: bool) -> None:
    """Raise `EnvironmentProblem` when the build directory or the prefix cannot be written."""
    for path, option in ((recipe.directory, "--build-dir"), (recipe.prefix, "--prefix")):
        if any(character.isspace() or character in "':\"$#\\" for character in str(path)):
            raise EnvironmentProblem(
                f"{option} {path}: GCC's build cannot work in a directory with such a name",
                hint=f"choose one without blanks and quotes with {option}",
            )
    if not _writable(recipe.directory):
        raise EnvironmentProblem(
            f"the build directory {recipe.directory} cannot be written",
            hint="choose another with --build-dir",
        )
    if _writable(recipe.prefix):
        return
    if not sudo:
        raise EnvironmentProblem(
            f"the tool chain would be installed in {recipe.prefix}, which is not writable",
            hint="--sudo installs through sudo at the end; --prefix chooses another directory",
        )
    if not process.find_program("sudo"):
        raise EnvironmentProblem(
            f"{recipe.prefix} cannot be written, and sudo is not installed",
            hint="choose another directory with --prefix",
        )


def _writable(path: Path) -> bool:
    existing = _existing(path)
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _existing(path: Path) -> Path:
    while not os.path.lexists(path) and path != path.parent:
        path = path.parent
    return path


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"

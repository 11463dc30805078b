"""Installs missing programs with apt where allowed; elsewhere, names the command to type."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from genode_tool import process
from genode_tool.cli.setup.lock import locked
from genode_tool.cli.setup.progress import announce, follow
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs.catalogue import packages_of
from genode_tool.programs.distribution import install_command, install_debian_packages
from genode_tool.programs.kinds import Program

_LISTS = Path("/var/lib/apt/lists")
_LISTS_KEEP_S = 7 * 24 * 3600
_APT_DEADLINE_S = 1800
_APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300", "-y")


def provide(programs: Sequence[Program], *, may_install: bool, place: Path) -> None:
    """Make sure that each of `programs` is installed; install missing ones with apt if allowed.

    The lock of `place` keeps two starts from installing at once. Raises `EnvironmentProblem`
    with the command to type when they must not or cannot be installed, or when apt fails.
    """
    missing = [program for program in programs if program.find() is None]
    if not missing:
        return
    foreign = [program for program in missing if not program.installable]
    if foreign:
        names = ", ".join(program.name for program in foreign)
        raise EnvironmentProblem(
            f"missing in the Python in use ({os.path.realpath(sys.executable)}): {names}",
            hint="GENODE_PYTHON=/usr/bin/python3 chooses Debian's Python and its packages",
        )
    prefix = _privileged() if may_install and process.find_program("apt-get") else None
    if prefix is None:
        raise _to_type(missing)
    with locked(place):
        missing = [program for program in missing if program.find() is None]
        if missing:
            _install(prefix, missing)


def _install(prefix: tuple[str, ...], missing: Sequence[Program]) -> None:
    packages = packages_of(missing)
    announce(f"installing system packages: {' '.join(packages)}")
    _apt(prefix, packages)
    still = [program for program in missing if program.find() is None]
    if still:
        raise EnvironmentProblem(
            f"installed, but not found in PATH: {', '.join(p.name for p in still)}",
            hint=f"PATH is {os.environ.get('PATH', '')}",
        )


def may_install() -> bool:
    """Return whether system packages may be installed (GENODE_NO_INSTALL is unset)."""
    return os.environ.get("GENODE_NO_INSTALL", "") in ("", "0")


def _privileged() -> tuple[str, ...] | None:
    """Return the words to put before a command that only root may run; None if not allowed."""
    if os.geteuid() == 0:
        return ()
    if process.find_program("sudo"):
        asked = process.run(["sudo", "-n", "true"], timeout=30)
        if asked.returncode == 0:
            return ("sudo", "-n")
    return None


def _to_type(missing: Sequence[Program]) -> EnvironmentProblem:
    debians = any(program.owner == "Debian" for program in missing)
    install = install_debian_packages if debians else install_command
    packages = packages_of(missing)
    names = ", ".join(program.name for program in missing)
    return EnvironmentProblem(f"missing programs: {names}", hint=install(packages))


def _apt(prefix: tuple[str, ...], packages: Sequence[str]) -> None:
    env = dict(os.environ)
    quiet = ("env", "DEBIAN_FRONTEND=noninteractive")  # sudo would drop it from ours
    update = (*prefix, *quiet, *_APT, "update")
    install = (*prefix, *quiet, *_APT, "--no-install-recommends", "install", *packages)
    fresh = _lists_are_fresh()
    if not fresh:
        # A failed update may still leave lists that are good enough.
        follow(update, env=env, timeout=_APT_DEADLINE_S)
    done = follow(install, env=env, timeout=_APT_DEADLINE_S)
    if done.status and fresh:  # lists that look fresh may still name packages long replaced
        follow(update, env=env, timeout=_APT_DEADLINE_S)
        done = follow(install, env=env, timeout=_APT_DEADLINE_S)
    if done.status:
        raise EnvironmentProblem(
            f"apt-get cannot install {' '.join(packages)} (exit status {done.status})",
            trail=done.last_lines,
            hint=install_command(packages),
        )


def _lists_are_fresh() -> bool:
    """Return whether apt's package lists exist and were updated within a week."""
    # The lists themselves bear the server's time; an update touches the directories.
    if not any(_LISTS.glob("*_Packages*")):
        return False
    times = (one.stat().st_mtime for one in (_LISTS, _LISTS / "partial") if one.is_dir())
    return time.time() - max(times) < _LISTS_KEEP_S

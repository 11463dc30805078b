"""Installs missing programs where that is allowed; elsewhere, names the command to type.

The distribution's package manager does it, with the words of `etc/programs.toml`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from genode_tool import process
from genode_tool.cli.setup.lock import locked
from genode_tool.cli.setup.progress import Followed, announce, follow
from genode_tool.errors import EnvironmentProblem
from genode_tool.programs.catalogue import packages_of
from genode_tool.programs.distribution import host_distribution
from genode_tool.programs.installing import install_programs
from genode_tool.programs.kinds import ADOPTION, Program
from genode_tool.settings.schema.programs import Distribution, Unattended

_SYSTEM_PYTHON = Path("/usr/bin/python3")
"""Where distributions have their Python; NixOS has none there."""

_LISTS_KEEP_S = 7 * 24 * 3600
_DEADLINE_S = 1800
_OTHER_INSTALLS_S = 300
_POLL_S = 1.0


def provide(programs: Sequence[Program], *, may_install: bool, place: Path) -> None:
    """Make sure that each of `programs` is installed; install missing ones if allowed.

    The lock of `place` keeps two starts from installing at once. Raises `EnvironmentProblem`
    with the command to type when they must not or cannot be installed, or when the package
    manager fails.
    """
    missing = [program for program in programs if program.find() is None]
    if not missing:
        return
    foreign = [program for program in missing if not program.installable]
    if foreign and _SYSTEM_PYTHON.exists():
        names = ", ".join(program.name for program in foreign)
        raise EnvironmentProblem(
            f"missing in the Python in use ({os.path.realpath(sys.executable)}): {names}",
            hint=f"GENODE_PYTHON={_SYSTEM_PYTHON} chooses the distribution's Python and its"
            " packages",
        )
    distribution = host_distribution()
    if not may_install or distribution is None or not _can_install(distribution, missing):
        raise _to_type(missing)
    prefix = _privileged()
    if prefix is None:
        raise _to_type(missing)
    with locked(place):
        missing = [program for program in missing if program.find() is None]
        if missing:
            _install(distribution.unattended, prefix, missing)


def may_install() -> bool:
    """Return whether system packages may be installed (GENODE_NO_INSTALL is unset)."""
    return os.environ.get("GENODE_NO_INSTALL", "") in ("", "0")


def _can_install(distribution: Distribution, missing: Sequence[Program]) -> bool:
    """Return whether the distribution has all packages, and a manager that asks no questions."""
    words = distribution.unattended.install
    known = all(program.owner == distribution.name for program in missing)
    return known and bool(words) and process.find_program(words[0]) is not None


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
    names = ", ".join(program.name for program in missing)
    host = host_distribution()
    foreign = {
        program.feature.value.rpartition(" ")[2]
        for program in missing
        if program.feature in ADOPTION and (host is None or program.owner != host.name)
    }
    # The distribution may have no such compilers at all, or none with libraries.
    build = f"; or build them from source: `genode tool-chain {' '.join(sorted(foreign))}`"
    hint = f"{install_programs(missing)}{build if foreign else ''}"
    return EnvironmentProblem(f"missing programs: {names}", hint=hint)


def _install(words: Unattended, prefix: tuple[str, ...], missing: Sequence[Program]) -> None:
    packages = packages_of(missing)
    announce(f"installing system packages: {' '.join(packages)}")
    _wait_for_others(words)
    fresh = _lists_are_fresh(words)
    if not fresh:
        # A failed refresh may still leave lists that are good enough.
        _run(words, prefix, words.refresh)
    done = _run(words, prefix, (*words.install, *packages))
    if done.status not in words.success and fresh and words.refresh:
        # Lists that look fresh may still name packages long replaced.
        _run(words, prefix, words.refresh)
        done = _run(words, prefix, (*words.install, *packages))
    if done.status not in words.success:
        raise EnvironmentProblem(
            f"{words.install[0]} cannot install {' '.join(packages)} (exit status {done.status})",
            trail=done.last_lines,
            hint=install_programs(missing),
        )
    still = [program for program in missing if program.find() is None]
    if still:
        raise EnvironmentProblem(
            f"installed, but not found: {', '.join(one.name for one in still)}",
            hint=f"PATH is {os.environ.get('PATH', '')}",
        )


def _run(words: Unattended, prefix: tuple[str, ...], argv: Sequence[str]) -> Followed:
    # sudo would drop variables from our environment.
    variables = [f"{name}={value}" for name, value in words.environment.items()]
    with_variables = ("env", *variables) if variables else ()
    return follow((*prefix, *with_variables, *argv), env=dict(os.environ), timeout=_DEADLINE_S)


def _wait_for_others(words: Unattended) -> None:
    """Wait, for five minutes at most, while another process holds the package manager's lock.

    Managers that wait by themselves have no `lock`. A lock left by a crash is reported by the
    manager then, with the file's name.
    """
    lock = Path(words.lock)
    if not words.lock or not lock.exists():
        return
    announce(f"waiting for another process that installs packages ({lock})")
    end = time.monotonic() + _OTHER_INSTALLS_S
    while lock.exists() and time.monotonic() < end:
        time.sleep(_POLL_S)


def _lists_are_fresh(words: Unattended) -> bool:
    """Return whether lists of packages exist and were refreshed within a week."""
    if not words.refresh:
        return True  # the manager sees to it
    if not words.lists:
        return False
    pattern = Path(words.lists)
    lists = pattern.parent
    if not any(lists.glob(pattern.name)):
        return False
    # apt's lists bear the server's time; an update touches the directories.
    times = (one.stat().st_mtime for one in (lists, lists / "partial") if one.is_dir())
    return time.time() - max(times) < _LISTS_KEEP_S

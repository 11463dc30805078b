"""The private virtual environment: made once per set of requirements and Python.

It is complete when its `stamp` equals the requirements file; the launcher compares nothing else.
Set-ups are serialised by a lock; one that was interrupted leaves a directory without a stamp,
which the next set-up removes.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

from genode_tool.cli.setup.lock import locked, unusable
from genode_tool.cli.setup.mark import STAMP
from genode_tool.cli.setup.progress import Followed, announce, follow
from genode_tool.errors import EnvironmentProblem
from genode_tool.files import write_atomically

_PIP_DEADLINE_S = 1800
_UNUSED_S = 60 * 24 * 3600


def is_complete(environment: Path, requirements: Path) -> bool:
    """Return whether `environment` was made for exactly these requirements."""
    try:
        stamp = (environment / STAMP).read_bytes()
    except OSError:
        return False
    return stamp == requirements.read_bytes() and (environment / "bin" / "python").exists()


def make(environment: Path, requirements: Path) -> None:
    """Make `environment` from the running Python and the pinned `requirements`.

    Waits for another set-up under way, and does nothing when that one made it. Raises
    `EnvironmentProblem` when the place cannot be written or the packages cannot be installed.
    """
    place = environment.parent
    with locked(place):
        if is_complete(environment, requirements):
            return
        try:
            _tidy(place, keep=environment)
            _make(environment, requirements)
        except OSError as error:
            raise unusable(place, error) from error


def _make(environment: Path, requirements: Path) -> None:
    began = time.monotonic()
    announce(f"setting up once: Python packages into {environment}")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # The real interpreter, not a link such as `python3`: after an upgrade of the system the
    # environment must be missing its interpreter rather than have one that fits no package.
    python = os.path.realpath(sys.executable)
    _check(
        follow([python, "-I", "-m", "venv", str(environment)], env=env, timeout=_PIP_DEADLINE_S),
        "cannot create the virtual environment",
    )
    pip = [str(environment / "bin" / "python"), "-I", "-m", "pip"]
    quiet = ["--disable-pip-version-check", "--no-input"]
    # Byte code goes to a directory of our own on first use (tool/genode), none is needed here.
    install = [*pip, *quiet, "install", "--no-compile", "--require-hashes", "-r", str(requirements)]
    _check(follow(install, env=env, timeout=_PIP_DEADLINE_S), "pip cannot install the requirements")
    write_atomically(environment / STAMP, requirements.read_bytes())
    announce(f"set up in {time.monotonic() - began:.0f} s")


def _check(done: Followed, failure: str) -> None:
    if done.status:
        raise EnvironmentProblem(
            f"{failure} (exit status {done.status})",
            trail=done.last_lines,
            hint="check the network, and the package index that pip is configured for",
        )


def _tidy(place: Path, keep: Path) -> None:
    """Remove incomplete environments and those unused for long; the caller holds the lock."""
    for entry in place.glob("env-*"):
        stamp = entry / STAMP
        used = stamp.stat().st_mtime if stamp.exists() else 0.0
        if entry == keep or time.time() - used > _UNUSED_S:
            # The stamp goes first: a removal that is interrupted must not look complete.
            stamp.unlink(missing_ok=True)
            shutil.rmtree(entry)

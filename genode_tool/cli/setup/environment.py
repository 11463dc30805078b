"""The private virtual environment: made once per set of requirements and Python.

It is complete when its `stamp` equals the requirements file; the launcher compares nothing else.
Set-ups are serialised by a lock. Each works in a directory of its own and renames it at the end:
a pip that goes on after its set-up was killed does not meddle with the next one. What an
interrupted set-up leaves has no stamp, and is removed by a later one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
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
    made = Path(tempfile.mkdtemp(prefix=f"{environment.name}.", dir=environment.parent))
    try:
        made.chmod(environment.parent.stat().st_mode & 0o777)
        _install(made, requirements)
        _move_scripts(made, environment)
        write_atomically(made / STAMP, requirements.read_bytes())
        made.rename(environment)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    announce(f"set up in {time.monotonic() - began:.0f} s")


def _install(made: Path, requirements: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # The real interpreter, not a link such as `python3`: after an upgrade of the system the
    # environment must be missing its interpreter rather than have one that fits no package.
    python = os.path.realpath(sys.executable)
    _check(
        follow([python, "-I", "-m", "venv", str(made)], env=env, timeout=_PIP_DEADLINE_S),
        "cannot create the virtual environment",
    )
    pip = [str(made / "bin" / "python"), "-I", "-m", "pip"]
    quiet = ["--disable-pip-version-check", "--no-input"]
    # Byte code goes to a directory of our own on first use (tool/genode), none is needed here.
    install = [*pip, *quiet, "install", "--no-compile", "--require-hashes", "-r", str(requirements)]
    _check(follow(install, env=env, timeout=_PIP_DEADLINE_S), "pip cannot install the requirements")


def _move_scripts(made: Path, environment: Path) -> None:
    """Let the scripts of `made` name `environment`, which it is going to be."""
    old, new = os.fsencode(made), os.fsencode(environment)
    for path in (made / "bin").iterdir():
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if old in content and b"\0" not in content:
            write_atomically(path, content.replace(old, new), mode=path.stat().st_mode & 0o777)


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
            # A pip whose set-up was killed may still write: a later set-up removes the rest.
            shutil.rmtree(entry, ignore_errors=entry != keep)

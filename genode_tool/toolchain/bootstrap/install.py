"""Installation, the last step: from the staging directory to the prefix, through sudo if asked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from genode_tool import process
from genode_tool.errors import EnvironmentProblem

USUAL_PLACE = Path("/usr/local/genode/tool")
"""The default place of tool chains, each in a directory named by its version."""

_COPY_S = 1800


def install(staged: Path, prefix: Path, *, sudo: bool) -> Path | None:
    """Copy the tool chain below `staged` to `prefix`, beside what is there of other ones.

    Files that are in use are replaced, not written over. Below the usual place the link
    `current` is led to it; returned is that link, or None. With `sudo` the commands run through
    sudo, which may ask for a password. Raises `EnvironmentProblem` when they fail.
    """
    before: tuple[str, ...] = ("sudo",) if sudo and os.geteuid() != 0 else ()
    _run((*before, "mkdir", "-p", str(prefix)), prefix)
    # Writing over a running compiler fails with "Text file busy".
    copy = ("cp", "-a", "--no-preserve=ownership", "--remove-destination", "--no-target-directory")
    _run((*before, *copy, str(staged), str(prefix)), prefix)
    if prefix.parent != USUAL_PLACE:
        return None
    link = prefix.parent / "current"
    _run((*before, "ln", "-sfn", prefix.name, str(link)), link)
    return link


def _run(argv: Sequence[str], place: Path) -> None:
    if argv[0] == "sudo":  # it asks on the terminal, which a session of its own does not have
        child = process.spawn(argv, new_session=False, stdin=None)
        try:
            status = child.wait(_COPY_S)
        except BaseException:
            child.kill()
            child.wait()
            raise
        said = ""
    else:
        done = process.run(argv, timeout=_COPY_S)
        status, said = done.returncode, done.stderr.decode(errors="replace").strip()
    if status:
        first = said.splitlines()[0] if said else f"exit status {status}"
        raise EnvironmentProblem(
            f"cannot install into {place}: {first}",
            hint="fix that and run the command again; the tool chain that was built is kept",
        )

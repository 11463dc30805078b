"""Refusal of trees and build directories that belong to other users.

Their makefiles are programs. Whoever can write `etc/build.conf` above the directory of a call would
otherwise have it executed, as `safe.directory` of git prevents for its configuration. Files of
root are trusted: root needs no such way. Under sudo(8), those of the caller are, too.
"""

from __future__ import annotations

import json
import os
import pwd
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from genode_tool.errors import UserError
from genode_tool.files import make_directory, write_atomically
from genode_tool.settings.layered import settings_of
from genode_tool.settings.layers import user_directory

_EVERYTHING = "*"
_HEAD = """\
# Directories of other users whose makefiles and run scripts may be executed.
# Written by `genode trust`; the tool's own etc/trust.toml explains the key.

[trust]
"""


def refuse_foreign(directory: Path, *parts: str) -> None:
    """Raise `UserError` if `directory`, or one of its `parts`, belongs to a user not trusted.

    Parts are relative paths; those that do not exist count as one's own.
    """
    for path in (directory, *(directory / part for part in parts)):
        owner = _foreign_owner(path)
        if owner is not None and not is_trusted(directory):
            caller = _name(os.geteuid())
            raise UserError(
                f"{path} belongs to {_name(owner)}: its makefiles would run as {caller}",
                hint=f"if you trust them, run `genode trust {shlex.quote(str(directory))}`",
            )


def refuse_foreign_repositories(genode_dir: str, repositories: Iterable[str]) -> None:
    """Raise `UserError` if the tree or a repository of a build belongs to a user not trusted."""
    for one in (genode_dir, *repositories):
        refuse_foreign(Path(one))


def is_trusted(directory: Path) -> bool:
    """Return whether the settings name `directory`, or one above it."""
    listed = settings_of().trust.trust.directories
    if _EVERYTHING in listed:
        return True
    real = Path(os.path.realpath(directory))
    return any(real.is_relative_to(os.path.realpath(one)) for one in listed)


def write_trusted(directories: Sequence[str]) -> Path:
    """Replace the user's list of trusted directories; return the file.

    Raises `EnvironmentProblem` when it cannot be written.
    """
    path = user_directory() / "trust.toml"
    make_directory(path.parent)
    # Strings of JSON are strings of TOML, but for DEL.
    words = [json.dumps(one, ensure_ascii=False).replace("\x7f", "\\u007f") for one in directories]
    listed = "".join(f"    {word},\n" for word in words)
    write_atomically(path, f"{_HEAD}directories = [\n{listed}]\n")
    return path


def _foreign_owner(path: Path) -> int | None:
    """Return the owner of `path` if that is neither this user nor root."""
    try:
        owner = path.stat().st_uid
    except OSError:
        return None
    own = os.geteuid()
    caller = os.environ.get("SUDO_UID", "") if own == 0 else ""
    if owner in (0, own) or str(owner) == caller:
        return None
    return owner


def _name(user: int) -> str:
    try:
        return f"user `{pwd.getpwuid(user).pw_name}`"
    except KeyError:
        return f"user {user}"

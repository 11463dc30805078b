"""The places of tool chains: versions below one prefix, of which `current` names one.

PREFIX/25.05/bin/genode-x86-gcc       built from source
PREFIX/adopted/bin/genode-x86-gcc     the distribution's, wrapped
PREFIX/adopted-gcc-13/bin/…           another version that the distribution has
PREFIX/current -> 25.05
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.files import replace_link
from genode_tool.toolchain.architectures import ARCHITECTURES, Architecture

ADOPTED = "adopted"
"""The version that stands for the distribution's compilers."""

CURRENT = "current"

SHARED_PREFIX = Path("/usr/local/genode/tool")
"""The place of tool chains for all users of a machine."""


def default_prefix() -> Path:
    """Return the user's own place for tool chains (XDG base directory specification)."""
    data = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else Path.home() / ".local/share"
    return base / "genode/tool"


def adopted_directory(version: str = "") -> Path:
    """Return the default directory of adopted compilers.

    `version` is that of compilers which are not the distribution's default, such as `gcc-13`;
    each has a directory of its own.
    """
    return default_prefix() / (f"{ADOPTED}-{version}" if version else ADOPTED)


def tools_prefix(directory: Path, architecture: Architecture) -> str:
    """Return what the paths of the tools in `directory` begin with (CROSS_DEV_PREFIX)."""
    return str(directory / "bin" / architecture.tool_prefix)


def architectures_in(directory: Path) -> tuple[Architecture, ...]:
    """Return the architectures that the tool chain in `directory` has a compiler for."""
    return tuple(
        one for one in ARCHITECTURES if os.access(f"{tools_prefix(directory, one)}gcc", os.X_OK)
    )


def find_tool_chain(prefix: Path | None = None, wanted: Sequence[Architecture] = ()) -> Path:
    """Return the directory of a tool chain that has compilers for all `wanted`, or for any.

    `prefix` is such a directory, or a place with several, whose `current` or adopted one is
    taken; None looks in the user's own place, then in that of all users. Raises
    `EnvironmentProblem` when there is none.
    """
    places = (prefix,) if prefix else (default_prefix(), SHARED_PREFIX)
    for place in places:
        for directory in (place, place / CURRENT, place / ADOPTED):
            found = architectures_in(directory)
            if found and set(wanted) <= set(found):
                return directory
    where = " or ".join(str(place) for place in places)
    names = " ".join(one.name for one in wanted)
    raise EnvironmentProblem(
        f"no tool chain{f' for {names}' if names else ''} in {where}",
        hint=f"`genode tool-chain adopt {names or 'x86'}` wraps the distribution's compilers",
    )


def point_current(prefix: Path, version: str) -> None:
    """Make `current` name `version`, without a moment in which it names nothing.

    Raises `EnvironmentProblem` when the link cannot be made.
    """
    link = prefix / CURRENT
    try:
        replace_link(link, version)
    except OSError as error:
        raise not_writable(link, error) from error


def not_writable(path: Path, error: OSError) -> EnvironmentProblem:
    """Return the error for a `path` that cannot be written."""
    return EnvironmentProblem(
        f"cannot write {error.filename or path}: {error.strerror or error}",
        hint="--prefix DIR names another place for the tool chain",
    )

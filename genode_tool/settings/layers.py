"""The places where settings files are, from the tool's own to the most particular one."""

from __future__ import annotations

import os
from pathlib import Path

from genode_tool.record import record
from genode_tool.resources import shipped_settings

TOOL = "tool"
"""The layer of the files that the tool comes with."""

SITE_DIRECTORY = Path("/etc/genode")
"""Settings for all users of a machine."""

# The framework's trees have no `etc`; that of a build directory has its *.conf files.
BELOW_TREE = "etc/genode"
"""The directory within a source tree or build directory."""


@record
class Layer:
    """One place: `name` is how it is called in output, `directory` holds files named TOPIC.toml.

    `of_machine`: it belongs to the machine or its user, and did not come with sources.
    """

    name: str
    directory: Path
    of_machine: bool = True


def user_directory() -> Path:
    """Return the user's own place (XDG base directory specification)."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
    # The specification has relative paths ignored.
    base = Path(configured) if configured.startswith("/") else Path.home() / ".config"
    return base / "genode"


def layers_of(tree: Path | None = None, build_dir: Path | None = None) -> tuple[Layer, ...]:
    """Return the layers for a call about `tree` and `build_dir`; a later one wins."""
    found = [
        Layer(TOOL, shipped_settings()),
        Layer("site", SITE_DIRECTORY),
        Layer("user", user_directory()),
    ]
    if tree is not None:
        found.append(Layer("tree", tree / BELOW_TREE, of_machine=False))
    if build_dir is not None:
        directory = build_dir / BELOW_TREE
        found.append(Layer("build directory", directory, of_machine=False))
    return tuple(found)

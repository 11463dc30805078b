"""The places where settings files are, from the tool's own to the most particular one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from genode_tool.resources import shipped_settings

TOOL = "tool"
"""The layer of what the tool comes with."""

SITE_DIRECTORY = Path("/etc/genode")
"""Settings for all users of a machine."""

BELOW_TREE = "etc/genode"
"""Where a source tree and a build directory have theirs; the framework's trees have no `etc`."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One place: `name` is how it is called in output, `directory` holds files named TOPIC.toml.

    `of_machine` tells those that belong to the machine and its user from those that come with
    sources.
    """

    name: str
    directory: Path
    of_machine: bool = True


def user_directory() -> Path:
    """Return the user's own place (XDG base directory specification)."""
    configured = os.environ.get("XDG_CONFIG_HOME", "")
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

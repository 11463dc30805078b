"""Where the options of building binaries come from: variables, the environment, tools.conf."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FROM_ENVIRONMENT = ("CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION")
"""The variables of building that are taken from the environment, too."""

_TOOLS_CONF = "etc/tools.conf"


def tools_conf(genode_dir: Path, build_dir: Path | None) -> Path:
    """Return the `tools.conf` to build with: that of the build directory, or of the tree."""
    if build_dir is not None and (build_dir / _TOOLS_CONF).is_file():
        return build_dir / _TOOLS_CONF
    return genode_dir / "repos/base" / _TOOLS_CONF


def build_variables(given: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a build out of those `given`, which win, and the environment."""
    found = {name: environment[name] for name in FROM_ENVIRONMENT if name in environment}
    wanted = (*FROM_ENVIRONMENT, "CCACHE")
    return found | {name: given[name] for name in wanted if given.get(name)}

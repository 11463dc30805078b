"""The build directory of one binary archive: its source and interfaces are the repositories.

The rules are those of the tree; there is no kernel, since binaries do not depend on one.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from genode_tool.tree import BuildDirectory


def create(
    path: Path,
    genode_dir: Path,
    spec: str,
    repositories: Sequence[Path],
    tools: Path,
    overrides: Mapping[str, str],
) -> BuildDirectory:
    """Create the directory; `tools` is the `tools.conf` to use. Raises `OSError`."""
    etc = path / "etc"
    etc.mkdir(parents=True)
    lines = [
        f"GENODE_DIR := {genode_dir}",
        f"BASE_DIR := {genode_dir}/repos/base",
        "override CCACHE :=" + (" yes" if overrides.get("CCACHE") else ""),
        "override KERNEL :=",
        *(f"REPOSITORIES += {one}" for one in repositories),
    ]
    (etc / "build.conf").write_text("".join(f"{line}\n" for line in lines))
    (etc / "specs.conf").write_text(f"SPECS += genode {spec}\n")
    if tools.is_file():
        shutil.copyfile(tools, etc / "tools.conf")
    passed = {name: value for name, value in overrides.items() if name != "CCACHE"}
    return BuildDirectory.open(path, passed)

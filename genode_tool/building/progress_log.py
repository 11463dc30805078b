"""`progress.log` in the build directory: the artifacts of the last build, for scripts to read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from genode_tool.files import write_if_changed


def write_progress_log(build_dir: Path, artifacts: Iterable[str]) -> None:
    """Name the files in `bin/` and `debug/`; raises `EnvironmentProblem` if that cannot be written.

    The form is a makefile's, with one `BUILD_ARTIFACTS += NAME` per artifact.
    """
    lines = ["#", "# What the last build made: files in bin/ and debug/", "#"]
    lines += [f"BUILD_ARTIFACTS += {name}" for name in artifacts]
    write_if_changed(build_dir / "progress.log", "\n".join(lines) + "\n")

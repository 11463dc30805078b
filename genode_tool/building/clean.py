"""The goals `clean` and `cleanall`: remove what was built, and nothing else."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from genode_tool.building.ninja.runner import ninja_program
from genode_tool.building.ninja.syntax import NINJAS_OWN
from genode_tool.errors import EnvironmentProblem
from genode_tool.process import run, scrubbed_environment

_STATE = (
    "state",
    "build.ninja",
    "sources",
    "running",
    "ccache-log",
    "tools/ninja",
    "last",
    ".ninja_log",
    ".ninja_deps",
)
_NOTES = (
    "progress.log",
    "compile_commands.json",
    "var/libdeps",
    "var/trace.json",
    "var/timeline.html",
)


def clean(path: Path, *, everything: bool) -> None:
    """Remove all outputs of the steps of the build directory at `path`.

    With `everything`, remove the records of scenarios (`var/run`) and what images are made of,
    too. Configuration, depot, tool chain and any file that no step makes stay. Raises
    `EnvironmentProblem` when a file cannot be removed.
    """
    state = path / "var/genode"
    try:
        if (state / "build.ninja").is_file():
            # ninja removes its own copies of these alone, not those that the compiler wrote.
            for name in _dependency_files(state / "build.ninja"):
                (path / name).unlink(missing_ok=True)
            argv = [ninja_program(), "-f", "var/genode/build.ninja", "-t", "clean", "-g"]
            run(argv, cwd=path, env=scrubbed_environment(), timeout=600)
        runs = ("var/run", "var/image") if everything else ()
        for name in ("var/libcache", "var/genode/calls", *runs):
            if (path / name).is_dir():
                shutil.rmtree(path / name)
        for name in (*(f"var/genode/{one}" for one in _STATE), *_NOTES):
            (path / name).unlink(missing_ok=True)
        for name in ("bin", "debug"):
            # Links from earlier builds, whose steps are no longer in the ninja file.
            for entry in (path / name).iterdir() if (path / name).is_dir() else ():
                if entry.is_symlink() and not entry.exists():
                    entry.unlink()
    except OSError as error:
        raise EnvironmentProblem(f"cannot remove {error.filename}: {error.strerror}") from error
    _remove_empty(path, keep={path / "etc", path / "var", state})


def _dependency_files(manifest: Path) -> list[str]:
    """Return the dependency files that compilers write next to their objects."""
    start, end = "  depfile = ", NINJAS_OWN
    with manifest.open(errors="surrogateescape") as lines:
        names = (line.rstrip("\n").removeprefix(start) for line in lines if line.startswith(start))
        return [name.removesuffix(end) for name in names if name.endswith(end)]


def _remove_empty(directory: Path, keep: set[Path]) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            _remove_empty(entry, keep)
            if entry not in keep:
                with contextlib.suppress(OSError):
                    entry.rmdir()

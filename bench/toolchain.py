"""Building binutils: the recipe of `genode tool-chain` beside unpack, configure, make, install.

    python3 bench/toolchain.py [--rounds N] [--jobs N] [--source DIR|debian]

Both unpack the same parts of the same archive, pass configure the same options and install into
a staging directory. The ratio tells what stamps, logs, progress and the last copy to the prefix
cost.
Works in a temporary directory and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, compare
from genode_tool.toolchain.architectures import architecture
from genode_tool.toolchain.bootstrap.build import BuildOptions, build
from genode_tool.toolchain.bootstrap.components import Component, ToolChainFeature
from genode_tool.toolchain.bootstrap.execution.work_directory import WorkDirectory
from genode_tool.toolchain.bootstrap.steps.actions import Unpack
from genode_tool.toolchain.bootstrap.steps.recipe import BuildRecipe
from genode_tool.toolchain.bootstrap.steps.sources import (
    DebianSources,
    DirectorySources,
    ToolChainSources,
)

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure, or with `--recipe DIR` be the peer that is measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=3, help="measured calls per peer")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--source", default="debian", help="DIR with an archive, or debian")
    parser.add_argument("--recipe", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.recipe:
        build(_recipe(options.recipe, DirectorySources(Path(options.source))), _options(options))
        return
    with tempfile.TemporaryDirectory(prefix="genode-bench-") as scratch:
        _measure(Path(scratch), options)


def _options(options: argparse.Namespace) -> BuildOptions:
    return BuildOptions(jobs=options.jobs, keep=True)


def _recipe(directory: Path, sources: ToolChainSources) -> BuildRecipe:
    return BuildRecipe(
        (architecture("x86"),),
        (ToolChainFeature.C,),
        sources,
        directory / "build",
        directory / "prefix",
        components=(Component.BINUTILS,),
    )


def _measure(scratch: Path, options: argparse.Namespace) -> None:
    sources = _archive(scratch, options.source)
    ours, bare = scratch / "recipe", scratch / "bare"
    recipe = _recipe(bare, DirectorySources(sources))
    steps = {step.name: step for step in recipe.steps()}
    archive = steps["fetch-binutils"].product
    unpacked = steps["unpack-binutils"].product
    unpack = steps["unpack-binutils"].action
    assert isinstance(unpack, Unpack)
    unused = [f"--exclude={one}" for one in unpack.unused]
    lines = [
        f"mkdir -p {shlex.quote(str(unpacked))} {shlex.quote(str(bare / 'build/x86/binutils'))}",
        f"tar -xf {shlex.quote(str(archive))} -C {shlex.quote(str(unpacked))} "
        f"--strip-components=1 --no-same-owner {shlex.join(unused)}",
    ]
    for name in ("configure", "build", "install"):
        (command,) = steps[f"x86-binutils-{name}"].action.commands()
        lines.append(command.replace(" -jN ", f" -j{options.jobs} "))
    recipe_call = [
        *(sys.executable, str(ROOT / "bench/toolchain.py"), "--recipe", str(ours)),
        *("--source", str(sources), "--jobs", str(options.jobs)),
    ]
    compare(
        Case(
            f"binutils for x86 from {archive.name}, -j{options.jobs}",
            (
                Peer(
                    "unpack configure make",
                    ["sh", "-e", "-c", "\n".join(lines)],
                    scratch,
                    lambda: shutil.rmtree(bare, ignore_errors=True),
                    {"LC_ALL": "C"},
                ),
                Peer(
                    "genode tool-chain",
                    recipe_call,
                    ROOT,
                    lambda: shutil.rmtree(ours, ignore_errors=True),
                ),
            ),
            options.rounds,
        )
    )


def _archive(scratch: Path, source: str) -> Path:
    """Return a directory with the archive of binutils, which both peers unpack."""
    if source != "debian":
        return Path(source).absolute()
    place = scratch / "fetch"
    recipe = _recipe(place, DebianSources(place / "packages"))
    fetch = recipe.steps()[0]
    work = WorkDirectory(place)
    with work.attempt(fetch.name, fetch.key, goes_on=False):
        fetch.action(work)
    sources = scratch / "sources"
    sources.mkdir()
    shutil.copy(fetch.product, sources / "binutils-1.tar.xz")
    return sources


if __name__ == "__main__":
    main()

"""A tree of the original: its own build system and `genode make`, in turn, on the same goals.

    python3 bench/upstream_build.py [TREE] [--goals …] [--rounds N] [--keep DIR]

TREE is a source tree of the original from 17.02 on (default: GENODE_UPSTREAM). Each side builds
the goals once, in a build directory of its own, with the compilers of this machine. Then:

* reading all descriptions: the original does that in each call; ours with its memory of
  descriptions removed, the binaries in place;
* nothing to do;
* one source file with a new line.

The first build is timed once for each side and told without a ratio: the two sides would have
to be alone on the machine for longer than anybody waits for a benchmark. The tree is not
changed: the edited source is that of a repository which the benchmark adds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, call, compare

GENODE = Path(__file__).resolve().parent.parent / "tool" / "genode"
REPOSITORIES = ("base", "os", "demo")
GOALS = (
    "init",
    "timer",
    "server/nitpicker",
    "server/report_rom",
    "server/dynamic_rom",
    "server/log_terminal",
    "test/log",
    "test/timer",
    "bench_leaf",
)
LEAF_TARGET = "TARGET = bench-leaf\nSRC_CC = main.cc\nLIBS = base\n"
LEAF_SOURCE = "#include <base/component.h>\nvoid Component::construct(Genode::Env &) { }\n"


@dataclass(frozen=True, slots=True)
class Side:
    """One build directory and the command that builds in it."""

    name: str
    build_dir: Path
    argv: tuple[str, ...]
    leaf: Path
    forget: tuple[str, ...] = ()

    def peer(self, *, forgetting: bool = False, editing: bool = False) -> Peer:
        """Return the measured call, after what makes the case."""

        def prepare() -> None:
            for name in self.forget if forgetting else ():
                path = self.build_dir / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            if editing:
                with self.leaf.open("a") as file:
                    file.write("/* one more line */\n")

        return Peer(self.name, self.argv, self.build_dir, prepare)


def main() -> None:
    """Build both sides, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("tree", nargs="?", default=os.environ.get("GENODE_UPSTREAM"))
    parser.add_argument("--goals", nargs="+", default=list(GOALS), help="directories below src")
    parser.add_argument("--rounds", type=int, default=3, help="measured calls per side")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="build here, and take over what is built here")
    options = parser.parse_args()
    if not options.tree or not (Path(options.tree) / "tool/create_builddir").exists():
        parser.error("name a source tree of the original, here or in GENODE_UPSTREAM")
    tree = Path(options.tree).resolve()
    if options.keep:
        _measure(tree, options.keep.resolve(), options)
        return
    with tempfile.TemporaryDirectory(prefix="genode-bench-") as scratch:
        _measure(tree, Path(scratch), options)


def _measure(tree: Path, scratch: Path, options: argparse.Namespace) -> None:
    words = (*options.goals, "KERNEL=linux", "BOARD=linux")
    jobs = f"-j{options.jobs}"
    original = _side("original", tree, scratch, ("make", jobs, *words))
    ours = _side(
        "genode",
        tree,
        scratch,
        (str(GENODE), "-q", "make", jobs, *words),
        ("var/genode/state", "var/genode/calls"),
    )
    sides = (original, ours)
    print(f"goals: {' '.join(options.goals)}")
    for side in sides:
        sample = call(side.peer())
        print(
            f"  first call of {side.name}: {sample.seconds:.1f} s, cpu {sample.cpu_seconds:.1f} s"
        )
    for title, forgetting, editing in (
        ("reading all descriptions", True, False),
        ("nothing to do", False, False),
        ("one source changed", False, True),
    ):
        peers = [side.peer(forgetting=forgetting, editing=editing) for side in sides]
        compare(Case(title, peers, options.rounds))


def _side(
    name: str, tree: Path, scratch: Path, argv: tuple[str, ...], forget: tuple[str, ...] = ()
) -> Side:
    """Return a side with its build directory, made unless it is there."""
    build_dir, mine = scratch / name, scratch / f"{name}-repository"
    leaf = mine / "src/bench_leaf"
    leaf.mkdir(parents=True, exist_ok=True)
    (leaf / "target.mk").write_text(LEAF_TARGET)
    (leaf / "main.cc").write_text(LEAF_SOURCE)
    if not build_dir.exists():
        create = [str(tree / "tool/create_builddir"), "x86_64", f"BUILD_DIR={build_dir}"]
        done = subprocess.run(create, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"`{' '.join(create)}` failed:\n{done.stdout}{done.stderr}")
        _configure(build_dir, tree, mine)
    return Side(name, build_dir, argv, leaf / "main.cc", forget)


def _configure(build_dir: Path, tree: Path, mine: Path) -> None:
    """Let the build directory use the compilers of this machine and the benchmark's target."""
    shown = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True, check=True)
    lines = [
        f"GENODE_DIR := {tree}",
        "BASE_DIR := $(GENODE_DIR)/repos/base",
        "CONTRIB_DIR := $(GENODE_DIR)/contrib",
        f"REQUIRED_GCC_VERSION := {shown.stdout.strip()}",
        "REPOSITORIES += $(GENODE_DIR)/repos/base-$(KERNEL)",
        *(f"REPOSITORIES += $(GENODE_DIR)/repos/{one}" for one in REPOSITORIES),
        f"REPOSITORIES += {mine}",
    ]
    (build_dir / "etc/build.conf").write_text("\n".join(lines) + "\n")
    (build_dir / "etc/tools.conf").write_text("CROSS_DEV_PREFIX :=\n")


if __name__ == "__main__":
    main()

"""A tree of the original: its own build system and `genode make`, in turn, on the same goals.

    python3 bench/upstream_build.py TREE [--quick | --stage1] [--keep DIR] [--rounds N] [--jobs N]

TREE is a source tree of the original from 17.02 on (default: GENODE_UPSTREAM). Both sides build
all of base-linux, base, os and demo, each in a build directory of its own, with the compilers of
this machine:

    full build              once each, from nothing
    stage 1, cold           who needs which libraries; ours: `genode graph` without any memory
    stage 1, warm           the same with nothing changed; the original knows no difference
    nothing to do           the whole call
    again                   the same without looking at descriptions
    one leaf .cc            a new line in the one source of a program
    header                  a new line in a header like base/log.h, once each

Wall-clock time tells the truth on an idle machine only; the processor time of all processes of a
call is next to it, with ratios for both. The tree is not changed: the edited source and header
belong to a repository that the benchmark adds.

With --keep, the build directories stay in DIR, and the next call goes on with them; full builds
are told as they were measured then. --quick takes less than 12 minutes: it builds a few components
only. Stage 1 covers everything all the same, and so do the short cases when DIR has everything
built. --stage1 builds nothing and measures stage 1 alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, Sample, call, compare, keep, report

GENODE = Path(__file__).resolve().parent.parent / "tool" / "genode"
REPOSITORIES = ("base-linux", "base", "os", "demo")
FULL_BUILD = "bench-full-build.json"
HEADER = "include/base/log.h"
LEAF = "bench_leaf"
SUBSET = (
    "init",
    "timer",
    "server/nitpicker",
    "server/report_rom",
    "server/dynamic_rom",
    "server/log_terminal",
    "test/log",
    "test/timer",
)
NEEDS_ITS_TOOL_CHAIN = ("core/linux",)
"""Links with the compiler library of the original's own tool chain only."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its build directory, its commands, its repository with what is edited."""

    name: str
    build_dir: Path
    repository: Path
    build: tuple[str, ...]
    stage1: tuple[str, ...]
    again: tuple[str, ...]
    memory: tuple[str, ...] = ()

    def peer(self, argv: Sequence[str], *, edit: str = "", forget: bool = False) -> Peer:
        """Return a measured call: after `edit` of a file, or without memory of descriptions."""

        def prepare() -> None:
            for name in self.memory if forget else ():
                path = self.build_dir / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            if edit:
                with (self.repository / edit).open("a") as file:
                    file.write("\n/* one more line */\n")

        return Peer(self.name, argv, self.build_dir, prepare)


def main() -> None:
    """Build both sides, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("tree", nargs="?", default=os.environ.get("GENODE_UPSTREAM"))
    parser.add_argument("--quick", action="store_true", help="build only a few components anew")
    parser.add_argument("--stage1", action="store_true", help="measure stage 1 alone")
    parser.add_argument("--rounds", type=int, default=3, help="measured calls per side")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="build here, and take over what is built here")
    options = parser.parse_args()
    if not options.tree or not (Path(options.tree) / "tool/create_builddir").exists():
        parser.error("name a source tree of the original, here or in GENODE_UPSTREAM")
    tree = Path(options.tree).resolve()
    print(f"-j{options.jobs}, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="genode-bench-") as scratch:
        place = options.keep.resolve() if options.keep else Path(scratch) / "whole"
        sides = _sides(tree, place, [*_all_goals(tree), LEAF], options.jobs)
        if options.stage1:
            _stage1(sides, options.rounds)
            return
        built = all((side.build_dir / FULL_BUILD).exists() for side in sides)
        few = sides
        if options.quick:
            few = _sides(tree, place / "few", [*SUBSET, LEAF], options.jobs)
            print(f"full build and header: {' '.join(SUBSET)} {LEAF}")
        _full_builds(few, options.jobs)
        ready = built or not options.quick
        _stage1(sides, options.rounds)
        _measure(sides if ready else few, options.rounds)
        peers = tuple(side.peer(side.build, edit=HEADER) for side in few)
        compare(Case(HEADER, peers, 1))


def _all_goals(tree: Path) -> list[str]:
    found = {
        str(path.parent.relative_to(tree / "repos" / repository / "src"))
        for repository in REPOSITORIES
        for path in (tree / "repos" / repository / "src").rglob("target.mk")
    }
    return sorted(found - set(NEEDS_ITS_TOOL_CHAIN))


def _sides(tree: Path, place: Path, goals: list[str], jobs: int) -> tuple[Side, Side]:
    words = ("KERNEL=linux", "BOARD=linux", f"-j{jobs}")
    genode = (str(GENODE), "-q")
    original = Side(
        "original",
        place / "original",
        place / "original-repository",
        ("make", *goals, *words),
        ("make", "var/libdeps", f"DST_DIRS={' '.join(goals)}", *words),
        ("make", "again", *words),
    )
    ours = Side(
        "genode",
        place / "genode",
        place / "genode-repository",
        (*genode, "make", *goals, *words),
        (str(GENODE), "graph", "--format=make", *goals, *words[:2]),
        (*genode, "make", "again", *words),
        ("var/genode/state", "var/genode/calls", "var/genode/answers"),
    )
    for side in (original, ours):
        _create(side, tree)
    return original, ours


def _create(side: Side, tree: Path) -> None:
    """Make the build directory and the repository of a side, unless they are there."""
    leaf = side.repository / "src" / LEAF
    if side.build_dir.exists():
        return
    for directory in (leaf, (side.repository / HEADER).parent):
        directory.mkdir(parents=True, exist_ok=True)
    (leaf / "target.mk").write_text("TARGET = bench-leaf\nSRC_CC = main.cc\nLIBS = base\n")
    (leaf / "main.cc").write_text(
        "#include <base/component.h>\n#include <base/log.h>\n"
        'void Component::construct(Genode::Env &) { Genode::log("leaf"); }\n'
    )
    shutil.copyfile(tree / "repos/base" / HEADER, side.repository / HEADER)
    create = [str(tree / "tool/create_builddir"), "x86_64", f"BUILD_DIR={side.build_dir}"]
    done = subprocess.run(create, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"`{' '.join(create)}` failed:\n{done.stdout}{done.stderr}")
    shown = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True, check=True)
    lines = [
        f"GENODE_DIR := {tree}",
        "BASE_DIR := $(GENODE_DIR)/repos/base",
        "CONTRIB_DIR := $(GENODE_DIR)/contrib",
        f"REQUIRED_GCC_VERSION := {shown.stdout.strip()}",
        f"REPOSITORIES += {side.repository}",
        *(f"REPOSITORIES += $(GENODE_DIR)/repos/{one}" for one in REPOSITORIES),
    ]
    (side.build_dir / "etc/build.conf").write_text("\n".join(lines) + "\n")
    (side.build_dir / "etc/tools.conf").write_text("CROSS_DEV_PREFIX :=\n")


def _stage1(sides: tuple[Side, Side], rounds: int) -> None:
    original, ours = sides
    call(ours.peer((*ours.build, "-n")))  # writes the memory
    for title, forget in (("warm", False), ("cold", True)):
        peers = (original.peer(original.stage1), ours.peer(ours.stage1, forget=forget))
        compare(Case(f"stage 1, {title}", peers, rounds))


def _measure(sides: tuple[Side, Side], rounds: int) -> None:
    """Measure builds that have little to do."""
    source = f"src/{LEAF}/main.cc"
    cases = (
        ("nothing to do", tuple(side.peer(side.build) for side in sides)),
        ("again, nothing to do", tuple(side.peer(side.again) for side in sides)),
        ("one leaf .cc", tuple(side.peer(side.build, edit=source) for side in sides)),
    )
    for title, peers in cases:
        for side in sides:
            call(side.peer(side.build))
        samples = compare(Case(title, peers, rounds))
        if title.startswith("one leaf"):
            _tell_overhead(sides[1].build_dir, samples[sides[1].name])


def _full_builds(sides: tuple[Side, Side], jobs: int) -> None:
    """Build what is not built yet; tell what it took, now or then."""
    samples = {}
    for side in sides:
        note = side.build_dir / FULL_BUILD
        if not note.exists():
            note.write_text(json.dumps(asdict(call(side.peer(side.build)))))
        samples[side.name] = [Sample(**json.loads(note.read_text()))]
    report("full build", samples)
    keep("full build", samples)
    for name, (sample,) in samples.items():
        share = sample.cpu_seconds / jobs
        print(f"  {name}: wall time = {sample.seconds / share:.2f} × (processor time ÷ {jobs})")


def _tell_overhead(build_dir: Path, samples: Sequence[Sample]) -> None:
    """Tell how much longer the last call took than its steps."""
    trace = json.loads((build_dir / "var/trace.json").read_bytes())
    steps = sum(one["dur"] for one in trace["traceEvents"] if one["ph"] == "X") / 1e6
    print(f"  genode, last call: {samples[-1].seconds - steps:.3f} s more than its steps took")


if __name__ == "__main__":
    main()

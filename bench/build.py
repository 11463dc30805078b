"""Our own tree: `genode make` beside ninja alone on the very commands that `genode` generated.

    python3 bench/build.py [--rounds N] [--kernel hw|linux]

Cases: a clean build, a build with nothing to do, one changed source file, one changed header.
The ratio tells what evaluation, graph and reporting cost on top of the build steps
themselves. Works in a temporary copy of the tree and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, compare

TREE = Path(__file__).resolve().parent.parent
GOALS = ("core", "lib/ld", "init", "timer")
# Nothing there needs a port.
TESTS = ("base", "os")


def main() -> None:
    """Measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5, help="measured calls per peer")
    parser.add_argument("--kernel", choices=("hw", "linux"), default="hw")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genode-bench-") as scratch:
        _measure(Path(scratch), options.kernel, options.rounds)


def _tests() -> list[str]:
    """Return the test programs that a fresh clone can build."""
    found = [
        path for one in TESTS for path in (TREE / "repos" / one / "src").glob("test/*/target.mk")
    ]
    return sorted(f"test/{path.parent.name}" for path in found)


def _measure(scratch: Path, kernel: str, rounds: int) -> None:
    tree = scratch / "tree"
    for part in ("genode_tool", "repos", "tool", "etc"):
        if (TREE / part).exists():
            shutil.copytree(TREE / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    ours, alone = scratch / "genode", scratch / "ninja"
    make = [str(tree / "tool" / "genode"), "-q", "-C", str(ours), "make", f"KERNEL={kernel}"]
    for directory in (ours, alone):
        _quietly(
            [make[0], "-q", "-C", str(tree), "create-builddir", "x86_64", f"BUILD_DIR={directory}"]
        )
    jobs = os.cpu_count() or 1
    make += [f"-j{jobs}", *GOALS, *_tests()]

    # ninja gets a build directory of its own with the commands that we made for it
    _quietly([part if part != str(ours) else str(alone) for part in make])
    ninja = [_ninja_program(make[0]), "-C", str(alone), "-f", "var/genode/build.ninja", f"-j{jobs}"]

    source = tree / "repos" / "base" / "src" / "test" / "log" / "main.cc"
    header = tree / "repos" / "base" / "include" / "base" / "log.h"
    compare(
        Case(
            "clean build",
            (
                Peer("ninja alone", ninja, tree, lambda: _clean(alone, keep_plan=True)),
                Peer("genode", make, tree, lambda: _clean(ours, keep_plan=False)),
            ),
            rounds,
        )
    )
    for title, changed in (
        ("nothing to do", None),
        (f"changed: {source.name}", source),
        (f"changed: base/{header.name}", header),
    ):
        change = (lambda path: lambda: _append(path))(changed) if changed else None
        compare(
            Case(
                title,
                (Peer("ninja alone", ninja, tree, change), Peer("genode", make, tree, change)),
                rounds,
            )
        )


def _append(path: Path) -> None:
    """Change the content of a source file without changing its meaning."""
    with path.open("a") as file:
        file.write("/* */\n")


def _clean(build_dir: Path, *, keep_plan: bool) -> None:
    """Remove all build results; with `keep_plan`, leave the ninja file where it is."""
    for entry in build_dir.iterdir():
        if entry.name in ("etc", "Makefile"):
            continue
        if entry.name == "var" and keep_plan:
            for name in (".ninja_log", ".ninja_deps"):
                (entry / "genode" / name).unlink(missing_ok=True)
            shutil.rmtree(entry / "libcache", ignore_errors=True)
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _ninja_program(genode: str) -> str:
    """Return the ninja that `genode` uses, so that both sides run the same one."""
    code = "import ninja, os; print(os.path.join(ninja.BIN_DIR, 'ninja'))"
    doctor = subprocess.run(
        [genode, "doctor", "--json"], capture_output=True, text=True, check=False
    )
    python = json.loads(doctor.stdout)["python"]["path"]
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _quietly(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"`{' '.join(argv)}` failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()

"""Scenarios: `genode run` beside the machine started by hand, and beside the original's run tool.

    python3 bench/run.py [--rounds N] [--together]
    python3 bench/run.py --build-dir DIR [--original DIR] [--kernel linux --board linux]...

Without a build directory, in a temporary copy of our own tree with everything built: the
scenario `log` on both kernels beside the command line of its record, from the command to the last
line of its log (what is on top is the tool's: start, a build with nothing to do, the image);
with `--together`, all scenarios on both kernels one after the other beside two at a time.

With `--build-dir`, a build directory for a tree of the original's in which `run/log` was built:
`genode run log` there beside `make run/log`, for each kernel and board given. The original works in
the build directory that `--original` names, by default in the same one; there, each of the two
finds what the other one has made anew, and makes it once more.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.measure import Case, Peer, compare

TREE = Path(__file__).resolve().parent.parent
LAST_LINE = "Test done."
_BY_HAND = """
import json, subprocess, sys
words, last = json.loads(sys.argv[1]), sys.argv[2].encode()
child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
found = any(last in line for line in child.stdout)
child.kill()
sys.exit(0 if found else 1)
"""


def main() -> None:
    """Measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=7, help="measured calls per peer")
    parser.add_argument("--together", action="store_true", help="all scenarios, side by side")
    parser.add_argument("--build-dir", type=Path, help="a build directory of the original's")
    parser.add_argument("--original", type=Path, help="where the original builds")
    parser.add_argument("--kernel", action="append", default=[])
    parser.add_argument("--board", action="append", default=[])
    options = parser.parse_args()
    if options.build_dir:
        if len(options.kernel) != len(options.board) or not options.kernel:
            parser.error("--build-dir wants --kernel and --board, as many of each")
        for kernel, board in zip(options.kernel, options.board, strict=True):
            places = (
                options.build_dir.resolve(),
                (options.original or options.build_dir).resolve(),
            )
            _beside_the_original(places, kernel, board, options.rounds)
        return
    with tempfile.TemporaryDirectory(prefix="genode-bench-") as scratch:
        _own_tree(Path(scratch), options.rounds, together=options.together)


def _beside_the_original(places: tuple[Path, Path], kernel: str, board: str, rounds: int) -> None:
    build, original = places
    variables = (f"KERNEL={kernel}", f"BOARD={board}")
    ours = [str(TREE / "tool/genode"), "-q", "-C", str(build), "run", "log", *variables]
    compare(
        Case(
            f"run/log on {kernel}/{board}, everything built",
            (
                Peer("the original", ("make", "run/log", *variables), original),
                Peer("genode run", ours, build),
            ),
            rounds,
        )
    )


def _own_tree(scratch: Path, rounds: int, *, together: bool) -> None:
    tree, build = scratch / "tree", scratch / "build"
    for part in ("genode_tool", "repos", "tool", "etc"):
        if (TREE / part).exists():
            shutil.copytree(TREE / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    genode = [str(tree / "tool/genode"), "-q", "-C", str(build)]
    _quietly([genode[0], "-q", "-C", str(tree), "create-builddir", "x86_64", f"BUILD_DIR={build}"])
    for kernel in ("linux", "hw"):
        run = [*genode, "run", "log", "--kernel", kernel]
        _quietly(run)
        command, cwd = _command(build / "var/run/log/command")
        by_hand = (sys.executable, "-S", "-c", _BY_HAND, json.dumps(command), LAST_LINE)
        compare(
            Case(
                f"log on {kernel}, everything built, to its last line",
                (Peer("by hand", by_hand, cwd), Peer("genode run", run, build)),
                rounds,
            )
        )
    if together:
        everything = [*genode, "run", "--all", "--kernel", "hw", "--kernel", "linux"]
        _quietly([*everything, "-j2"])
        compare(
            Case(
                "all scenarios on both kernels, everything built",
                (
                    Peer("one after the other", (*everything, "-j1"), build),
                    Peer("two at a time", (*everything, "-j2"), build),
                ),
                max(1, rounds // 3),
            )
        )


def _command(path: Path) -> tuple[list[str], Path]:
    """Return the command of a record as one types it, and the directory for it."""
    _, note, typed = [line for line in path.read_text().splitlines() if line]
    return shlex.split(typed), Path(note.removeprefix("# by hand, in ").rstrip(":"))


def _quietly(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        sys.stderr.write((done.stdout + done.stderr).decode(errors="replace"))
        sys.exit(f"`{' '.join(command)}` failed with {done.returncode}")


if __name__ == "__main__":
    main()

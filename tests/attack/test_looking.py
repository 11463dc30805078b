"""Commands that only look, and dry runs: they change no file, not even its time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Place:
    """A copy of the tree with a build directory, in which something has to be built again."""

    top: Path

    @property
    def build(self) -> Path:
        """The build directory."""
        return self.top / "tree/build/x86_64"

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Return what `genode` with `words` does in the build directory."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(self.top / "home")}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        return subprocess.run(
            [sys.executable, "-m", "genode_tool", *words],
            cwd=self.build,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def snapshot(self) -> dict[str, tuple[int, ...]]:
        """Return all files with their modes, sizes, times and inodes.

        The time of the last change of any kind, which no program can set, stands for the content.
        """
        found: dict[str, tuple[int, ...]] = {}
        for top, _, names in os.walk(self.top):
            for name in names:
                path = Path(top, name)
                seen = path.lstat()
                times = (seen.st_mtime_ns, seen.st_ctime_ns)
                found[str(path.relative_to(self.top))] = (
                    *(seen.st_mode, seen.st_size, seen.st_ino),
                    *times,
                )
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("looking"))
    (made.top / "home").mkdir()
    tree = made.top / "tree"
    for name in ("repos", "etc"):
        shutil.copytree(ROOT / name, tree / name)
    shutil.copy(ROOT / "LICENSE", tree)
    hello = tree / "repos/demo/src/test/looked_at"
    hello.mkdir(parents=True)
    (hello / "main.cc").write_text('extern "C" void _start() { for (;;) {} }\n')
    (hello / "target.mk").write_text("TARGET := looked_at\nSRC_CC := main.cc\nLIBS :=\n")
    done = subprocess.run(
        [sys.executable, "-m", "genode_tool", "-C", str(tree), "create-builddir", "x86_64"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert done.returncode == 0
    built = made.call("make", "test/looked_at", "--kernel", "linux")
    assert built.returncode == 0, built.stdout + built.stderr
    extracted = made.call("depot", "extract", GLIDER)
    assert extracted.returncode == 0, extracted.stdout + extracted.stderr
    with (tree / "repos/demo/recipes/raw/life_glider/content.mk").open("a") as file:
        file.write("# changed\n")
    (hello / "target.mk").write_text(
        "TARGET := looked_at\nSRC_CC := main.cc\nLIBS :=\nCC_OPT += -DX\n"
    )
    return made


LINUX = ("--kernel", "linux")
GLIDER = "genodelabs/raw/life_glider"

LOOKING = {
    "make -n": ("make", "-n", "test/looked_at", *LINUX),
    "make -n again": ("make", "-n", "again", *LINUX),
    "make -n clean": ("make", "-n", "clean", *LINUX),
    "make -n of something new": ("make", "-n", "test/log", "core", *LINUX),
    "make -n for another kernel": ("make", "-n", "test/looked_at", "--kernel", "hw"),
    "make -n of a scenario": ("make", "-n", "run/log", *LINUX),
    "targets": ("targets", *LINUX),
    "libs": ("libs", *LINUX),
    "scenarios": ("scenarios", *LINUX),
    "explain a variable": ("explain", "test/looked_at", "CC_OPT", *LINUX),
    "explain a file": ("explain", "test/looked_at", "main.o", *LINUX),
    "graph": ("graph", "test/looked_at", *LINUX),
    "config check": ("config", "check", "log", *LINUX),
    "config routes": ("config", "routes", "log", *LINUX),
    "config graph": ("config", "graph", "log", *LINUX),
    "run --plan": ("run", "--plan", "log", *LINUX),
    "tcb": ("tcb", "--skip-build", "log", "test-log", *LINUX),
    "port list": ("port", "list"),
    "port info": ("port", "info", "zlib"),
    "port check": ("port", "check"),
    "port hash": ("port", "hash", "zlib"),
    "port current": ("port", "current", "zlib"),
    "port sbom": ("port", "sbom", "log", *LINUX),
    "depot list": ("depot", "list"),
    "depot status": ("depot", "status"),
    "depot why": ("depot", "why", GLIDER),
    "depot diff": ("depot", "diff", "@VERSION", "@VERSION"),
    "depot dependencies": ("depot", "dependencies", "@VERSION"),
    "depot verify": ("depot", "verify"),
    "depot bump --dry-run": ("depot", "bump", "--dry-run"),
    "depot missing-ports": ("depot", "missing-ports", "genodelabs/pkg/life"),
    "depot user": ("depot", "user", "list"),
    "depot gc --dry-run": ("depot", "gc", "--dry-run"),
    "settings": ("settings",),
    "doctor": ("doctor",),
    "version": ("version",),
    "trust": ("trust",),
    "tool-chain check": ("tool-chain", "check"),
    "tool-chain --dry-run": ("tool-chain", "riscv", "--dry-run"),
    "help": ("help", "make"),
    "completion": ("completion", "bash"),
}

FAILS = {"tool-chain check": (0, 1), "doctor": (0, 1)}
"""Exit statuses: these commands judge the machine."""


@pytest.mark.parametrize("name", LOOKING)
def test_a_look_changes_nothing(place: Place, name: str) -> None:
    before = place.snapshot()
    version = next((place.top / "tree/depot" / GLIDER).iterdir()).name.removesuffix(".hash")
    done = place.call(*(one.replace("@VERSION", f"{GLIDER}/{version}") for one in LOOKING[name]))
    after = place.snapshot()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    if "-n" not in LOOKING[name]:  # others may remember an answer, or what they have evaluated
        memory = f"{place.build.relative_to(place.top)}/var/genode"
        changed = {
            one for one in changed if not one.startswith((f"{memory}/answers/", f"{memory}/state"))
        }
    assert not changed, sorted(changed)
    assert done.returncode in FAILS.get(name, (0,)), done.stdout + done.stderr

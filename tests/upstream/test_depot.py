"""Depot archives of the original's tree, beside what its own tool extracts.

These are the archives that need no ports, and those whose ports are prepared in the tree.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.depot import archives_without_ports
from tests.upstream.conftest import Figure

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def copy(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (tree / "tool/depot/extract").exists():
        pytest.skip("the tree has no depot tools")
    path = tmp_path_factory.mktemp("depot") / "tree"
    shutil.copytree(tree, path, symlinks=True, ignore=shutil.ignore_patterns("depot_", ".git"))
    shutil.rmtree(path / "depot", ignore_errors=True)
    return path


@pytest.fixture(scope="module")
def names(copy: Path) -> list[str]:
    return archives_without_ports(copy, prepared=prepared_ports(copy))


def prepared_ports(copy: Path) -> set[str]:
    """Return the ports whose content is there in the version that is wanted."""
    wanted = {path.stem: path.read_text().strip() for path in copy.glob("repos/*/ports/*.hash")}
    return {name for name, found in wanted.items() if (copy / f"contrib/{name}-{found}").is_dir()}


def original(copy: Path, tool: str, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    make = os.environ.get("GENODE_MAKE", "make")
    return subprocess.run(
        [make, "-s", "-f", f"tool/depot/{tool}", *words],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )


def ours(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "genode_tool", "depot", *words],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def content(depot: Path) -> dict[str, tuple[bytes, bool]]:
    """Return files, links and hashes of a depot, without what either tool keeps for itself."""
    found = {}
    for path in depot.rglob("*"):
        name = path.relative_to(depot)
        if path.is_symlink():
            found[str(name)] = (os.fsencode(path.readlink()), False)
        elif path.is_file() and name.parts[0] != "var" and path.suffix != ".record":
            found[str(name)] = (path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return found


@pytest.fixture(scope="module")
def depots(copy: Path, names: list[str]) -> tuple[Path, Path]:
    theirs, mine = copy.parent / "theirs", copy.parent / "ours"
    for depot in (theirs, mine):
        depot.mkdir()
    done = original(copy, "extract", [*names, f"DEPOT_DIR={theirs}"])
    assert done.returncode == 0, done.stderr
    done = ours(copy, "extract", *names, f"DEPOT_DIR={mine}")
    assert done.returncode == 0, done.stdout + done.stderr
    return theirs, mine


def test_archives_are_equal(depots: tuple[Path, Path], names: list[str], figure: Figure) -> None:
    theirs, mine = (content(depot) for depot in depots)
    assert sorted(theirs) == sorted(mine)
    assert [name for name in theirs if theirs[name] != mine[name]] == []
    ports = len(prepared_ports(depots[0].parent / "tree"))
    figure(f"{len(names)} archives with {ports} prepared ports, {len(theirs)} files: equal")


def test_each_verifies_and_continues_the_depot_of_the_other(
    copy: Path, depots: tuple[Path, Path], names: list[str]
) -> None:
    theirs, mine = depots
    done = ours(copy, "extract", *names, f"DEPOT_DIR={theirs}")
    assert done.returncode == 0
    assert "created" not in done.stdout
    done = original(copy, "extract", [*names, f"DEPOT_DIR={mine}"])
    assert (done.returncode, "created" in done.stdout) == (0, False)
    sources = [name for name in names if "/pkg/" not in name]
    patterns = ["api/*/*", "src/*/*", "raw/*/*"]
    done = ours(copy, "verify", *patterns, f"DEPOT_DIR={theirs}")
    assert f"{len(sources)} of {len(sources)}" in done.stdout, done.stdout


def test_dependencies_are_printed_alike(
    copy: Path, depots: tuple[Path, Path], names: list[str]
) -> None:
    depot = depots[0]
    packages = [name for name in names if "/pkg/" in name]
    for words in (
        [f"{name}/{next((depot / name).glob('*.hash')).stem}" for name in packages[:20]],
        [f"{packages[0]}/none"],
        [packages[0]],
        [packages[0].replace("/pkg/", "/pkg/x86_64/") + "/none"],
    ):
        theirs = original(copy, "dependencies", [*words, f"DEPOT_DIR={depot}"])
        mine = ours(copy, "dependencies", *words, f"DEPOT_DIR={depot}")
        # For several archives, the original prints the whole list as often.
        once = "".join(dict.fromkeys(theirs.stdout.splitlines(keepends=True)))
        assert (mine.stdout, mine.returncode) == (once, theirs.returncode)


def test_the_same_ports_are_missing(copy: Path) -> None:
    # Its `missing_ports` prints an empty line; what it found is part of another tool's error.
    words = ["genodelabs/src/libpng", "genodelabs/src/curl", "genodelabs/pkg/test-libc"]
    theirs = original(copy, "extract", words)
    assert theirs.returncode == 2
    lines = theirs.stdout.split("\n")
    ports = lines[lines.index("Error: Ports not prepared or outdated:") + 1].split()
    mine = ours(copy, "missing-ports", *words)
    assert (mine.stdout.split(), mine.returncode) == (ports, 0)

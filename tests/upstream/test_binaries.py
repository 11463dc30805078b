"""Our build makes the machine code that the original's build makes.

`GENODE_UPSTREAM_BINARIES` selects how much: unset, a few components of base-linux are built both
ways (about two minutes); `all` builds base, os and demo with everything that the host's compiler
can build of base-linux, base-hw and base-nova (about half an hour); `ORIGINAL:OURS` compares two
build directories that stand already.

What a compiler cannot build under the original does not count: host compilers lack what some
programs want. Both build directories have paths of one length.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.upstream.binaries import compare
from tests.upstream.configurations import Era
from tests.upstream.conftest import Figure
from tests.upstream.original import compiler_version, find_make

_WAY = os.environ.get("GENODE_UPSTREAM_BINARIES", "")
_FEW = ("init", "lib/ld", "test/log", "timer", "app/dummy")
_ALL = (("linux", "linux"), ("hw", "pc"), ("nova", "pc"))
_REPOSITORIES = ("base", "os", "demo")
_SECONDS = 7200
_CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(3 * _SECONDS)
def test_the_machine_code_is_equal(tree: Path, era: Era, work: Path, figure: Figure) -> None:
    if ":" in _WAY:
        original, ours = (Path(name).resolve() for name in _WAY.split(":"))
    elif era.name != "26.02":
        pytest.skip("compilers of today do not build this release")
    else:
        original, ours = _built(tree, work / f"{tree.name}-binaries")
    found = compare(original, ours)
    figure(str(found))
    assert found.code
    assert found.equal, "\n".join(
        [
            *(f"differs: {name}" for name in found.differ),
            *(f"only the original's: {name}" for name in found.only_first),
            *(f"only ours: {name}" for name in found.only_second),
        ]
    )


def _built(tree: Path, place: Path) -> tuple[Path, Path]:
    """Build with both tools; return the build directories."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    original, ours = place / "orig", place / "ours"
    create = ("-f", str(tree / "tool/create_builddir"), "x86_64", f"BUILD_DIR={original}")
    subprocess.run((find_make(), *create), cwd=place, check=True, timeout=60, capture_output=True)
    (original / "etc/tools.conf").write_text("CROSS_DEV_PREFIX :=\n")
    with (original / "etc/build.conf").open("a") as conf:
        conf.write(f"\nREQUIRED_GCC_VERSION := {compiler_version('')}\n")
    shutil.copytree(original / "etc", ours / "etc")
    for kernel, board in _ALL if _WAY == "all" else _ALL[:1]:
        # Programs that need more than the host's compiler fail on both sides.
        goals = _goals(tree, kernel) if _WAY == "all" else _FEW
        last = ("-k", "-j2", f"KERNEL={kernel}", f"BOARD={board}", *goals)
        genode = (sys.executable, "-m", "genode_tool", "make")
        for command, where in (((find_make(),), original), (genode, ours)):
            subprocess.run(
                (*command, *last),
                cwd=where,
                env={**os.environ, "PYTHONPATH": str(_CHECKOUT)},
                timeout=_SECONDS,
                capture_output=True,
                check=False,
            )
    return original, ours


def _goals(tree: Path, kernel: str) -> tuple[str, ...]:
    """Return what is built for a kernel: all of it, except for kernels that are ports.

    With a port missing, the original builds nothing at all.
    """
    if kernel != "nova":
        return ()
    found: set[str] = set()
    for name in (f"base-{kernel}", *_REPOSITORIES):
        repository = tree / "repos" / name
        for path in (repository / "src").rglob("target.mk"):
            found.add(path.relative_to(repository / "src").parts[0])
        found.update(f"lib/{path.stem}" for path in (repository / "lib/mk").glob("*.mk"))
    return tuple(sorted(found - {"kernel"}))

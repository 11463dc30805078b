"""The ports of our own tree: prepared from the package indexes, built, and run on both kernels.

Needs the package indexes that apt and pip of this machine are configured for. Where they cannot
be reached, `test_ports_are_prepared` fails and says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genode_tool.events import discard
from genode_tool.run.context.run_scripts import all_scenarios
from genode_tool.run.engine.scenarios import run_scenarios
from genode_tool.run.verdict import Outcome
from genode_tool.tree import BuildDirectory, create_builddir

_ROOT = Path(__file__).parents[2]
_REPOSITORIES = tuple(_ROOT / "repos" / name for name in ("libports", "ports"))
_PORTS = sorted(path.stem for one in _REPOSITORIES for path in one.glob("ports/*.port"))
_NEEDED = ("gcc", "g++", "ld", "ar", "objcopy", "patch", "qemu-system-x86_64")

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in _NEEDED), reason="compiler or QEMU missing"
)


@pytest.fixture(scope="module")
def builddir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build directory whose ports are its own."""
    path = create_builddir("x86_64", tmp_path_factory.mktemp("build") / "x86_64")
    conf = path / "etc/build.conf"
    text = conf.read_text()
    assert "CONTRIB_DIR := $(GENODE_DIR)/contrib\n" in text
    conf.write_text(text.replace("$(GENODE_DIR)/contrib\n", f"{path.parent}/contrib\n"))
    return path


def _genode(builddir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "genode_tool", *words),
        cwd=builddir,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def prepared(builddir: Path) -> str:
    """Prepare all ports; return what was said, or why that failed."""
    done = _genode(builddir, "prepare", "-j4", "--keep-going", *_PORTS)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_ports_are_prepared(builddir: Path, prepared: str) -> None:
    assert prepared == "", f"not prepared (are the package indexes reachable?):\n{prepared}"
    again = _genode(builddir, "prepare", "--offline", *_PORTS)
    assert f"{len(_PORTS)} ports already prepared" in again.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kernel", ["hw", "linux"])
@pytest.mark.parametrize("name", all_scenarios(_REPOSITORIES))
def test_scenario(builddir: Path, prepared: str, kernel: str, name: str) -> None:
    assert prepared == "", "the ports are not prepared, see test_ports_are_prepared"
    board = "pc" if kernel == "hw" else kernel
    directory = BuildDirectory.open(builddir, {"KERNEL": kernel, "BOARD": board})
    (verdict,) = run_scenarios(directory, [name], sink=discard)
    assert verdict.outcome is Outcome.PASSED, (
        verdict.reason,
        verdict.trail,
        verdict.evidence.last_lines,
    )


@pytest.mark.timeout(600)
def test_the_bill_of_materials_of_an_image(builddir: Path, prepared: str) -> None:
    assert prepared == "", "the ports are not prepared, see test_ports_are_prepared"
    done = _genode(builddir, "port", "sbom", "libpng", "--format", "spdx-json")
    assert done.returncode == 0, done.stderr
    packages = {one["name"]: one for one in json.loads(done.stdout)["packages"]}
    assert {"libpng", "zlib"} <= set(packages)
    assert not {"expat", "lz4"} & set(packages)
    assert packages["zlib"]["licenseDeclared"] == "Zlib"
    assert packages["zlib"]["externalRefs"][0]["referenceLocator"].startswith("pkg:deb/debian/zlib")

"""Our own operating system: every scenario of the tree, on both kernels."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from genode_tool.events import discard
from genode_tool.run.context.run_scripts import all_scenarios
from genode_tool.run.engine.scenarios import run_scenarios
from genode_tool.run.options import RunOptions
from genode_tool.run.verdict import Outcome
from genode_tool.tree import BuildDirectory, create_builddir

_ROOT = Path(__file__).parents[2]
_NEEDED = ("g++", "ld", "ar", "objcopy", "qemu-system-x86_64")

pytestmark = pytest.mark.skipif(
    any(shutil.which(name) is None for name in _NEEDED), reason="compiler or QEMU missing"
)


def _scenarios(kernel: str) -> tuple[str, ...]:
    repositories = [_ROOT / "repos" / name for name in (f"base-{kernel}", "base", "os", "demo")]
    return all_scenarios(repositories)


@pytest.fixture(scope="module")
def builddir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_builddir("x86_64", tmp_path_factory.mktemp("build") / "x86_64")


@pytest.mark.parametrize(
    ("kernel", "board", "name"),
    [
        (kernel, board, name)
        for kernel, board in (("hw", "pc"), ("linux", "linux"))
        for name in _scenarios(kernel)
    ],
)
def test_scenario(builddir: Path, kernel: str, board: str, name: str) -> None:
    directory = BuildDirectory.open(builddir, {"KERNEL": kernel, "BOARD": board})
    depot = ("--depot-auto-update", "--depot-dir", str(builddir / "depot"))
    (verdict,) = run_scenarios(directory, [name], RunOptions(switches=depot), sink=discard)
    assert verdict.outcome is Outcome.PASSED, (
        verdict.reason,
        verdict.trail,
        verdict.evidence.last_lines,
    )
    record = json.loads((builddir / "var/run" / name / "verdict.json").read_text())
    assert (record["kernel"], record["exit_code"]) == (kernel, 0)

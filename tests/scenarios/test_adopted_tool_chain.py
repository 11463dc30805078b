"""Our own OS, built with an adopted tool chain, on Linux: the way from the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    shutil.which("x86_64-linux-gnu-g++") is None, reason="the compiler is missing"
)


def test_a_build_directory_with_adopted_tools_runs_a_scenario(tmp_path: Path) -> None:
    home = tmp_path / "a home"
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "XDG_DATA_HOME": str(home)}

    def genode(*words: str, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "genode_tool", *words],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )

    build = tmp_path / "build"
    words = ("create-builddir", "x86_64", "--tool-chain", "adopted", f"BUILD_DIR={build}")
    created = genode(*words)
    assert created.returncode == 0, created.stderr
    assert (home / "genode/tool/adopted/bin/genode-x86-g++").is_file()
    prefix = next(
        line.split(":=")[1].strip()
        for line in (build / "etc/tools.conf").read_text().splitlines()
        if line.startswith("CROSS_DEV_PREFIX")
    )
    assert prefix.endswith("/adopted/bin/genode-x86-") and " " not in prefix
    checked = genode("tool-chain", "check", "--json", cwd=build)
    assert (checked.returncode, prefix in checked.stdout) == (0, True), checked.stdout
    ran = genode("run", "log", "--kernel", "linux", cwd=build)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    comment = subprocess.run(
        ["readelf", "-n", build / "bin/test-log"], capture_output=True, text=True, check=True
    )
    assert "Build ID" not in comment.stdout


def test_a_tool_chain_that_is_not_there_is_told(tmp_path: Path) -> None:
    place = tmp_path / "build"
    words = ["create-builddir", "x86_64", "--tool-chain", str(tmp_path), f"BUILD_DIR={place}"]
    made = subprocess.run(
        [sys.executable, "-m", "genode_tool", *words],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 2
    assert f"no tool chain for x86 in {tmp_path}" in made.stderr
    assert "genode tool-chain adopt x86" in made.stderr
    assert not place.exists()

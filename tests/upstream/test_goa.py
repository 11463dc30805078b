"""Goa, the original's tool for applications, works on a depot of ours.

`GENODE_GOA` is the path of a checkout of Goa; it needs expect, bubblewrap and git. Nothing is
downloaded: the depot has what the example names, and `goarc` names the adopted tool chain.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.toolchain.check.required_version import compiler_version
from genode_tool.toolchain.choice import choose_tools
from tests.upstream.conftest import Figure

PREFIX_VARIABLE = "CROSS_DEV_PREFIX"
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "hello_make"


@pytest.fixture(scope="module")
def goa() -> Path:
    given = os.environ.get("GENODE_GOA")
    if not given:
        pytest.skip("GENODE_GOA names no checkout of Goa")
    for program in ("expect", "bwrap", "git"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    return Path(given).resolve()


@pytest.fixture(scope="module")
def prefix(tree: Path) -> str:
    try:
        return choose_tools("adopted", "x86_64", tree).prefix
    except GenodeError as error:
        pytest.skip(f"no adopted compiler: {error}")


def ours(tree: Path, depot: Path, prefix: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Call `genode depot` in the tree, for a depot elsewhere."""
    return subprocess.run(
        [sys.executable, "-m", "genode_tool", "depot", *words, f"DEPOT_DIR={depot}"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(ROOT), PREFIX_VARIABLE: prefix},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(1800)
def test_goa_builds_and_exports_its_example_with_a_depot_of_ours(
    goa: Path, tree: Path, prefix: str, tmp_path: Path, figure: Figure
) -> None:
    if not (tree / "repos/gems/recipes").is_dir():
        pytest.skip("the tree has no recipes")
    depot, project, home = tmp_path / "depot", tmp_path / EXAMPLE, tmp_path / "home"
    # the interface that the example uses, and the binary that one of its packages names
    required = f"REQUIRED_GCC_VERSION={compiler_version(prefix)}"
    done = ours(tree, depot, prefix, "create", "genodelabs/bin/x86_64/init", required)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copytree(goa / "examples" / EXAMPLE, project)
    shutil.copy(tree / "LICENSE", project / "LICENSE")
    home.mkdir()
    sandbox = Path(str(shutil.which("bwrap"))).parents[1]
    (home / "goarc").write_text(
        f"lappend allowed_tools {Path(prefix).parents[1]}\nlappend allowed_tools {sandbox}\n"
        f"lappend allowed_paths {tmp_path}\nlappend allowed_paths {tree}\n"
        f"set cross_dev_prefix {prefix}\nset depot_dir {depot}\nset arch x86_64\n"
        f"set versions_from_genode_dir {tree}\n"
    )
    for words in (["build"], ["export", "--depot-user", "al"]):
        called = subprocess.run(
            [str(goa / "bin/goa"), *words],
            cwd=project,
            env={**os.environ, "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert called.returncode == 0, called.stdout + called.stderr
    version = (project / "version").read_text().strip()
    binary = depot / f"al/bin/x86_64/{EXAMPLE}/{version}/hello"
    assert binary.read_bytes()[:4] == b"\x7fELF"
    package = f"al/pkg/x86_64/multiple_{EXAMPLE}/{version}"
    listed = ours(tree, depot, prefix, "dependencies", package)
    assert listed.returncode == 0
    assert f"al/bin/x86_64/{EXAMPLE}/{version}" in listed.stdout.split()
    checked = ours(tree, depot, prefix, "verify")
    assert checked.returncode == 0, checked.stdout
    figure(checked.stdout.splitlines()[-1])

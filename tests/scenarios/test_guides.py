"""The examples of the guides are built and run as they are printed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
GUIDES = TREE / "docs" / "guides"

_FILE = re.compile(r"^`([^`\n]+)`\n```[a-z+]+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of(guide: Path) -> dict[str, str]:
    """Return the files that a guide shows: a path in back quotes, then a block of code."""
    return dict(_FILE.findall(guide.read_text()))


def genode(*arguments: str, at: Path = TREE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "genode_tool", *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(TREE)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_guide_shows_all_files_of_its_example() -> None:
    assert sorted(files_of(GUIDES / "writing-a-component.md")) == [
        "include/greeter/protocol.h",
        "run/greeter.run",
        "src/server/greeter/main.cc",
        "src/server/greeter/target.mk",
        "src/test/greeter/main.cc",
        "src/test/greeter/target.mk",
    ]


@pytest.mark.parametrize("kernel", ["hw", "linux"])
def test_the_components_of_the_guide_run(tmp_path: Path, kernel: str) -> None:
    mine, build_dir = tmp_path / "mine", tmp_path / "build"
    for name, content in files_of(GUIDES / "writing-a-component.md").items():
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        (mine / name).write_text(content)
    created = genode("create-builddir", "x86_64", f"BUILD_DIR={build_dir}")
    assert created.returncode == 0, created.stderr
    with (build_dir / "etc" / "build.conf").open("a") as conf:
        conf.write(f"REPOSITORIES += {mine}\n")

    done = genode("-C", str(build_dir), "run", "greeter", "--kernel", kernel)

    assert done.returncode == 0, done.stdout + done.stderr
    log = (build_dir / "var" / "run" / "greeter" / "serial.log").read_text()
    assert "[init -> greeter] test-greeter says hello number 3" in log


_CONSOLE = re.compile(r"^```console\n\$ genode (.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FINDING_OUT = GUIDES / "finding-out-why.md"


def pattern_of(text: str) -> str:
    """Return an expression for an output: `…` stands for anything, times are any times."""
    found = re.escape(text.rstrip()).replace("…\\\n", "(?:.*\n)*?").replace("…", ".*?")
    return re.sub(r"\d+\\\.\d+|(?<=steps\\ )\d+", r"[0-9.]+", found)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of our own tree, in which the programs of the guides are built."""
    top = tmp_path_factory.mktemp("guides") / "tree"
    shutil.copytree(TREE / "repos", top / "repos")
    mistake = top / "repos/demo/src/test/mistake"
    mistake.mkdir(parents=True)
    (mistake / "target.mk").write_text("A = x $(B)\nB = $(A)\nTARGET := $(A)\n")
    built = genode("make", "init", "test/log", at=top)
    assert built.returncode == 0, built.stdout + built.stderr
    return top


@pytest.mark.parametrize(("call", "output"), _CONSOLE.findall(_FINDING_OUT.read_text()))
def test_a_call_prints_what_the_guide_shows(tree: Path, call: str, output: str) -> None:
    done = genode(*shlex.split(call), at=tree)
    assert done.returncode == ("mistake" in call), done.stderr
    # The steps of the guide's last build are others than those here.
    if call == "timeline":
        output = output.replace("route.o", "….o").replace("child.o", "….o")
        output = output.replace("COMPILE", "…").replace("init/init", "…")
    printed = (done.stdout + done.stderr).replace(f"{tree}/", "")
    assert re.search(pattern_of(output), printed), printed

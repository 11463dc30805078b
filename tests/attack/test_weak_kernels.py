"""Kernels without Landlock, seccomp or namespaces: what is kept in is told, and all goes on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from genode_tool.sandbox import landlock
from genode_tool.sandbox.kernel import Abilities, listed
from tests.attack.outside import confined_by_kernel
from tests.unit.buildtree import SmallTree

ROOT = Path(__file__).resolve().parents[2]
WEAK_KERNEL = Path(__file__).with_name("weak_kernel.py")

pytestmark = [
    confined_by_kernel,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the filters are those of x86_64"),
]

LACKS = {
    "landlock": "Landlock",
    "seccomp": "seccomp",
    "namespaces": "namespaces",
    "landlock,seccomp,namespaces": "Landlock",
}


def _call(lacks: str, *words: str, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(WEAK_KERNEL), lacks, sys.executable, "-m", "genode_tool", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        argv, cwd=at, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("lacks", LACKS)
def test_doctor_says_what_is_possible(lacks: str) -> None:
    kernel = json.loads(_call(lacks, "doctor", "--json").stdout)["kernel"]
    missing = {one["name"]: one["without"] for one in kernel if not one["found"]}
    assert LACKS[lacks] in missing
    assert len(missing) == len(lacks.split(","))
    text = _call(lacks, "doctor").stdout
    assert "confinement by the kernel: weaker" in text
    for possible in missing.values():
        assert possible in text


def test_the_document_says_the_same() -> None:
    document = " ".join((ROOT / "SECURITY.md").read_text().split())
    weakest = Abilities(landlock=0, filters=False, namespaces=True)
    oldest = Abilities(landlock=2, filters=True, namespaces=False)
    both = [*listed(weakest), *listed(oldest)]
    for one in both:
        if not one.found:
            for_all = one.without.replace(
                "planned run scripts, descriptions and recipes of ports",
                "planned run scripts and descriptions of ports",
            )
            assert f"| {one.name} | {for_all} |" in document, one


@pytest.mark.parametrize(
    ("version", "filters", "missing"),
    [
        (0, True, ["Landlock"]),
        (2, True, ["Landlock, truncation", "Landlock, signals"]),
        (3, False, ["Landlock, TCP", "Landlock, signals", "seccomp"]),
        (5, True, ["Landlock, signals"]),
        (6, True, []),
    ],
)
def test_parts_of_landlock(version: int, filters: bool, missing: list[str]) -> None:
    found = listed(Abilities(version, filters, namespaces=True))
    assert [one.name for one in found if not one.found] == missing


def test_recipes_that_have_no_namespaces_are_named() -> None:
    (first, *_) = listed(Abilities(0, filters=True, namespaces=False))
    assert "recipes of ports can write files anywhere" in first.without
    (first, *_) = listed(Abilities(0, filters=True, namespaces=True))
    assert "recipes" not in first.without


@pytest.mark.parametrize("lacks", LACKS)
def test_planning_goes_on_and_warns(tmp_path: Path, lacks: str) -> None:
    done = _call(lacks, "config", "check", "log", "--kernel", "linux")
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout + done.stderr
    assert ("less confined" in told) == (lacks != "namespaces")
    for name in ("Landlock", "seccomp"):
        assert (f"no {name}" in told) == (name.lower() in lacks)


@pytest.mark.parametrize("lacks", LACKS)
def test_a_port_is_prepared_and_its_log_says_it(tmp_path: Path, lacks: str) -> None:
    tree = SmallTree(tmp_path)
    text = "LICENSE := a\nVERSION := 1\ndefault: t\nt:\n\techo x > made\n"
    tree.write("repos/base/ports/z.port", text)
    tree.write("repos/base/ports/z.hash", hashlib.sha1(text.encode()).hexdigest() + "\n")
    done = _call(lacks, "prepare", "z", at=tree.build)
    assert done.returncode == 0, done.stdout + done.stderr
    logs = "".join(path.read_text() for path in tmp_path.rglob("z.log"))
    assert logs
    assert ("less confined" in logs) == (lacks != "namespaces")
    assert landlock.version()  # this process is not concerned

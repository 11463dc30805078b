"""What changed since an archive was made, and new versions for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.depot_fixture import Genode, genode, recipe_dir, tree, version_and_hash

__all__ = ["genode", "tree"]

V = "2026-01-01"


@pytest.fixture
def filled(tree: Path, genode: Genode) -> Path:
    assert genode("-q", "depot", "extract", "al/pkg/street")[0] == 0
    return tree


def test_status_sees_changed_sources_and_versions(filled: Path, genode: Genode) -> None:
    assert genode("depot", "status")[:2] == (0, "genode: 5 of 5 archives are current\n")
    (filled / "repos/os/src/shop/main.cc").write_text("changed\n")
    (filled / "depot/al/raw/goods" / V).rename(filled / "depot/al/raw/goods/2020-02-02")
    (recipe_dir(filled, "pkg/shop") / "README").unlink()
    code, out, _ = genode("depot", "status", "--json")
    found = {one["archive"]: one["state"] for one in json.loads(out)}
    assert (code, found) == (
        1,
        {
            "al/api/timer": "current",
            "al/pkg/shop": "unknown",
            "al/pkg/street": "current",
            "al/raw/goods": "outdated",
            "al/src/shop": "changed",
        },
    )


def test_status_of_binaries(filled: Path, genode: Genode) -> None:
    binary = filled / "depot/al/bin/x86_64/shop"
    (binary / V).mkdir(parents=True)
    hashes = [
        (filled / f"depot/al/{name}/{V}.hash").read_text().strip()
        for name in ("src/shop", "api/timer")
    ]
    (binary / f"{V}.hash").write_text(" ".join(hashes))
    assert genode("depot", "why", "al/bin/x86_64/shop")[:2] == (0, "")
    (binary / f"{V}.hash").write_text(f"{hashes[0]} other")
    code, out, _ = genode("depot", "status", "bin/*/shop")
    assert (code, out.split()[:2]) == (1, ["al/bin/x86_64/shop", "stale"])
    code, out, _ = genode("depot", "why", "al/bin/x86_64/shop")
    assert out == f"al/bin/x86_64/shop/{V}: al/api/timer/{V} has another content\n"


def test_why_shows_the_difference(filled: Path, genode: Genode) -> None:
    code, out, _ = genode("depot", "why", "al/src/shop")
    assert (code, out) == (0, f"al/src/shop/{V} is what its recipe stands for\n")
    (filled / "repos/os/src/shop/main.cc").write_text("int x;\n")
    (recipe_dir(filled, "api/timer") / "hash").write_text("2026-02-02 0\n")
    code, out, _ = genode("depot", "why", "al/src/shop")
    assert code == 1
    assert [line for line in out.splitlines() if line[0] != "@"] == [
        *("changed src/shop/main.cc", "-int main() { return 0; }", "+int x;"),
        *("changed used_apis", f"-timer/{V}", "+timer/2026-02-02"),
    ]
    code, _, err = genode("depot", "why", "bo/src/shop")
    assert (code, "bo/src/shop is not in the depot" in err) == (2, True)


def test_bump_reaches_all_that_name_a_changed_archive(filled: Path, genode: Genode) -> None:
    header = filled / "repos/os/include/timer/timer.h"
    header.write_text("changed\n")
    words = ("depot", "bump", "--version-cmd", "echo 2026-02-02")
    code, out, _ = genode(*words, "--dry-run")
    assert code == 0
    names = [line.split(":")[0] for line in out.splitlines()[:-1]]
    assert names == ["api/timer", "src/shop", "pkg/shop", "pkg/street"]
    assert out.splitlines()[0].startswith(f"api/timer: {V} → 2026-02-02 ")
    assert version_and_hash(filled, "api/timer")[0] == V
    assert genode(*words)[1].replace("got", "would get") == out
    for recipe in names:
        assert version_and_hash(filled, recipe)[0] == "2026-02-02"
    assert version_and_hash(filled, "raw/goods")[0] == V
    assert genode(*words)[1] == "genode: 0 recipes got a new version\n"
    # What was bumped is what extraction makes.
    assert genode("depot", "extract", "al/pkg/street")[0] == 0


def test_bump_of_one_archive(filled: Path, genode: Genode) -> None:
    (filled / "repos/os/include/timer/timer.h").write_text("changed\n")
    (recipe_dir(filled, "raw/goods") / "content.mk").write_text("list:\n\techo cake > $@\n")
    assert genode("depot", "bump", "al/raw/goods")[0] == 0
    assert version_and_hash(filled, "api/timer")[0] == V
    assert version_and_hash(filled, "raw/goods")[0] != V
    assert version_and_hash(filled, "pkg/shop")[0] != V
    code, _, err = genode("depot", "bump", "--version-cmd", "exit 3", "al/api/timer")
    assert (code, "printed no version (exit code 3)" in err) == (2, True)


def test_a_new_recipe_gets_its_first_version(filled: Path, genode: Genode) -> None:
    (recipe_dir(filled, "raw/goods") / "hash").unlink()
    assert genode("depot", "extract", "al/raw/goods")[0] == 2
    code, out, _ = genode("depot", "bump", "al/raw/goods", "--version-cmd", "echo 2026-05-05")
    assert (code, out.startswith("raw/goods: none → 2026-05-05 ")) == (0, True)


def test_a_call_without_work_is_answered_before_the_tool_is_imported(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    call = ["-m", "genode_tool", "depot", "extract", "al/pkg/street"]

    def answered() -> bool:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *call], capture_output=True, text=True, check=True
        )
        assert "5 archives" in done.stdout
        return "click" not in done.stderr

    assert [answered() for _ in range(3)] == [False, False, True]
    goods = tree / "depot/al/raw/goods"
    goods.rename(goods.with_name("bads"))
    assert [answered() for _ in range(3)] == [False, False, True]
    (tree / "repos/os/src/shop/main.cc").touch()
    assert not answered()

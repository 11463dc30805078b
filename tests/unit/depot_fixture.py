"""A small tree with recipes, and the tool's answers to calls in it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool.cli.main import main

Genode = Callable[..., tuple[int, str, str]]

_FILES = {
    "LICENSE": "the licence\n",
    "repos/base/mk/global.mk": "",
    "repos/base/mk/a.mk": "",
    "repos/os/include/timer/timer.h": "struct Timer;\n",
    "repos/os/src/shop/main.cc": "int main() { return 0; }\n",
    "repos/os/src/shop/target.mk": "TARGET = shop\nSRC_CC = main.cc\nLIBS = base\n",
    "repos/os/recipes/api/timer/content.mk": (
        "content: include/timer LICENSE\n\n"
        "include/timer:\n\t$(mirror_from_rep_dir)\n\n"
        "LICENSE:\n\tcp $(GENODE_DIR)/LICENSE $@\n"
    ),
    "repos/os/recipes/src/shop/content.mk": (
        "content: src/shop LICENSE\n\n"
        "src/shop:\n\tmkdir -p $@\n\tcp -r $(REP_DIR)/src/shop/* $@/\n\n"
        "LICENSE:\n\tcp $(GENODE_DIR)/LICENSE $@\n"
    ),
    "repos/os/recipes/src/shop/used_apis": "timer\n",
    "repos/os/recipes/raw/goods/content.mk": "content: list\nlist:\n\techo bread > $@\n",
    "repos/os/recipes/pkg/shop/README": "A shop\n",
    "repos/os/recipes/pkg/shop/archives": "_/src/shop\n_/raw/goods\nbob/src/till/2020-01-01\n",
    "repos/os/recipes/pkg/shop/runtime": '<runtime ram="1M"/>\n',
    "repos/os/recipes/pkg/street/README": "A street\n",
    "repos/os/recipes/pkg/street/archives": "_/pkg/shop\n",
}
RECIPES = ("api/timer", "src/shop", "raw/goods", "pkg/shop", "pkg/street")


def write_files(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def recipe_dir(top: Path, recipe: str) -> Path:
    return top / "repos/os/recipes" / recipe


def version_and_hash(top: Path, recipe: str) -> list[str]:
    return (recipe_dir(top, recipe) / "hash").read_text().split()


@pytest.fixture
def genode(tree: Path, capsys: pytest.CaptureFixture[str]) -> Genode:
    def call(*words: str) -> tuple[int, str, str]:
        code = main([*words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree whose recipes have the version 2026-01-01 and right hashes, and an empty depot."""
    top = tmp_path / "tree"
    write_files(top, _FILES)
    for recipe in RECIPES:
        (recipe_dir(top, recipe) / "hash").write_text("2025-01-01 none\n")
    monkeypatch.chdir(top)
    for name in ("DEPOT_DIR", "CONTRIB_DIR", "FORCE", "UPDATE_VERSIONS"):
        monkeypatch.delenv(name, raising=False)
    words = ["-q", "depot", "extract", "al/pkg/street", "--update-versions"]
    assert main([*words, "--version-cmd", "echo 2026-01-01"]) == 0
    subprocess.run(["rm", "-r", "depot"], check=True)
    return top

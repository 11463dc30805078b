"""A small tree whose archives are built by rules and a compiler of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.cli.main import main
from tests.unit.depot_fixture import Genode, write_files
from tests.unit.test_build_misleading_times import PlainTree

V = "2026-01-01"
_MIRROR = "\n$(MIRRORED):\n\t$(mirror_from_rep_dir)\n\nLICENSE:\n\tcp $(GENODE_DIR)/LICENSE $@\n"


def _recipe(*mirrored: str) -> str:
    return f"MIRRORED := {' '.join(mirrored)}\ncontent: $(MIRRORED) LICENSE\n{_MIRROR}"


_R = "repos/base/recipes"
_FILES = {
    "LICENSE": "the licence\n",
    "repos/base/lib/import/import-util.mk": (
        "INC_DIR += $(call select_from_repositories,src/lib/util)\n"
    ),
    "repos/base/lib/symbols/shared": "one T\ntwo T\n",
    "repos/base/src/app/one/target.mk": (
        "TARGET = one\nSRC_CC = main.cc more.cc\nLIBS = util shared\n"
    ),
    "repos/base/src/app/two/target.mk": "TARGET = two\nSRC_CC = main.cc\nLIBS = shared\n",
    f"{_R}/api/util/content.mk": _recipe(
        "lib/mk/util.mk", "lib/import/import-util.mk", "src/lib/util"
    ),
    f"{_R}/api/shared/content.mk": _recipe("lib/symbols/shared"),
    f"{_R}/src/one/content.mk": _recipe("src/app/one"),
    f"{_R}/src/one/used_apis": "shared\nutil\n",
    f"{_R}/src/two/content.mk": _recipe("src/app/two"),
    f"{_R}/src/two/used_apis": "shared\n",
    f"{_R}/pkg/both/README": "Two programs\n",
    f"{_R}/pkg/both/archives": "_/src/one\n_/src/two\n",
}
RECIPES = ("api/util", "api/shared", "src/one", "src/two", "pkg/both")


class DepotTree(PlainTree):
    """The tree at `path/tree`, with recipes in version `V`, and an empty depot."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        write_files(self.path, _FILES)
        for recipe in RECIPES:
            self.hash_file(recipe).write_text("2025-01-01 0\n")

    @property
    def depot(self) -> Path:
        return self.path / "depot"

    def hash_file(self, recipe: str) -> Path:
        return self.path / _R / recipe / "hash"

    def bump(self) -> None:
        """Give all recipes the version `V` and the hashes of their sources."""
        assert main(["-q", "depot", "bump", "--version-cmd", f"echo {V}"]) == 0


@pytest.fixture
def depot_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DepotTree:
    for name in ("DEPOT_DIR", "CONTRIB_DIR", "FORCE", "CROSS_DEV_PREFIX", "REQUIRED_GCC_VERSION"):
        monkeypatch.delenv(name, raising=False)
    tree = DepotTree(tmp_path / "place")
    monkeypatch.setenv("DEPOT_DIR", str(tree.depot))  # the build directory is elsewhere
    monkeypatch.chdir(tree.build)
    tree.bump()
    return tree


@pytest.fixture
def genode_there(depot_tree: DepotTree, capsys: pytest.CaptureFixture[str]) -> Genode:
    """The tool's answers to calls in the build directory of `depot_tree`."""

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call

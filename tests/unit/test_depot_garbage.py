"""`genode depot gc`: what is kept, and what goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.depot_fixture import Genode, genode, recipe_dir, tree

__all__ = ["genode", "tree"]

OLD, NEW = "2026-01-01", "2026-02-02"


@pytest.fixture
def depot(tree: Path, genode: Genode) -> Path:
    """A depot with an old and a new version of everything that depends on `raw/goods`."""
    (recipe_dir(tree, "pkg/shop") / "archives").write_text("_/src/shop\n_/raw/goods\n")
    words = ("depot", "extract", "al/pkg/street", "--update-versions", "--version-cmd")
    assert genode(*words, f"echo {OLD}-a")[0] == 0
    path = recipe_dir(tree, "raw/goods") / "content.mk"
    path.write_text(path.read_text().replace("bread", "butter"))
    assert genode(*words, f"echo {NEW}")[0] == 0
    return tree / "depot"


def archives(depot: Path) -> set[str]:
    return {
        str(path.relative_to(depot))
        for pattern in ("*/*/*/*", "*/bin/*/*/*")
        for path in depot.glob(pattern)
        if path.is_dir() and path.name[:2] == "20"
    }


def removed(depot: Path, before: set[str]) -> set[str]:
    return before - archives(depot)


GOODS, SHOP, STREET = "al/raw/goods", "al/pkg/shop", "al/pkg/street"


def test_old_versions_go(depot: Path, genode: Genode) -> None:
    before = archives(depot)
    code, out, _ = genode("depot", "gc", "--dry-run")
    assert code == 0 and archives(depot) == before
    assert f"would remove {GOODS}/{OLD}" in out
    code, out, _ = genode("depot", "gc")
    assert code == 0
    assert removed(depot, before) == {f"{GOODS}/{OLD}", f"{SHOP}/{OLD}-a", f"{STREET}/{OLD}-a"}
    assert "genode: removed 3 archives" in out
    assert not (depot / f"{GOODS}/{OLD}.hash").exists()
    assert genode("depot", "verify")[0] == 0
    assert json.loads(genode("depot", "gc", "--json")[1]) == []


@pytest.mark.parametrize("how", ["named", "index", "family"])
def test_what_is_wanted_stays_with_all_that_it_needs(depot: Path, genode: Genode, how: str) -> None:
    before = archives(depot)
    words = {"named": [f"{SHOP}/{OLD}-a"], "family": [SHOP], "index": []}[how]
    if how == "index":
        (depot / "al/index").mkdir()
        text = f'<index><pkg path="{SHOP}/{OLD}-a" info="old"/></index>'
        (depot / "al/index/26.04").write_text(text)
    assert genode("depot", "gc", *words)[0] == 0
    assert removed(depot, before) == {f"{STREET}/{OLD}-a"}


def test_binaries_go_with_their_sources(depot: Path, genode: Genode) -> None:
    for version in (OLD, "2020-01-01"):
        (depot / "al/bin/x86_64/shop" / version).mkdir(parents=True)
    assert genode("depot", "gc")[0] == 0
    assert (depot / f"al/bin/x86_64/shop/{OLD}").is_dir()
    assert not (depot / "al/bin/x86_64/shop/2020-01-01").exists()


def test_packages_of_others_stay(depot: Path, genode: Genode) -> None:
    for name, file, text in (
        ("pkg/guest/2020-01-01", "archives", "bob/raw/gift/2020-01-01\n"),
        ("raw/gift/2020-01-01", "gift", "x\n"),
        ("raw/gift/2019-01-01", "gift", "x\n"),
    ):
        path = depot / "bob" / name / file
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert genode("depot", "gc")[0] == 0
    assert (depot / "bob/raw/gift/2020-01-01").is_dir()
    assert not (depot / "bob/raw/gift/2019-01-01").exists()


def test_an_empty_depot(tree: Path, genode: Genode) -> None:
    code, out, _ = genode("depot", "gc")
    assert code == 0 and "removed 0 archives" in out
    assert not (tree / "depot").exists()

"""`genode depot fork`: a recipe of one's own from an archive of somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.depot_fixture import Genode, genode, tree, write_files

__all__ = ["genode", "tree"]

V = "2020-01-01"
TILL = {
    "LICENSE": "bob's licence\n",
    "src/app/till/main.cc": "int main() { }\n",
    "src/app/till/target.mk": "TARGET = till\n",
    "lib/mk/coins.mk": "SRC_CC =\n",
    "used_apis": "timer/2019-01-01\ncash/2018-01-01\n",
}


@pytest.fixture
def bob(tree: Path) -> Path:
    """The archives of bob in the depot."""
    top = tree / "depot/bob"
    write_files(top / f"src/till/{V}", TILL)
    write_files(top / "src/till/2010-01-01", {"LICENSE": "old\n", "src/app/till/x": "x\n"})
    write_files(top / "api/cash/2018-01-01", {"LICENSE": "l\n", "include/cash/cash.h": "//\n"})
    script = top / f"src/till/{V}/src/app/till/run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (top / f"src/till/{V}/src/app/till/link").symlink_to("main.cc")
    return top


def test_the_fork_has_the_content_and_is_extracted(tree: Path, bob: Path, genode: Genode) -> None:
    code, out, err = genode("depot", "fork", "bob/src/till", "--version-cmd", "echo 2026-02-02")
    assert code == 0, err
    assert f"{tree}/repos/till/recipes/src/till has the version 2026-02-02" in out
    recipe = tree / "repos/till/recipes/src/till"
    # the tree has a recipe of the interface `timer`, but not of `cash`
    assert (recipe / "used_apis").read_text() == "timer\nbob/api/cash/2018-01-01\n"
    assert genode("depot", "extract", "al/src/till")[0] == 0
    made, original = tree / "depot/al/src/till/2026-02-02", bob / f"src/till/{V}"
    for name in TILL:
        if name != "used_apis":
            assert (made / name).read_bytes() == (original / name).read_bytes()
    assert (made / "used_apis").read_text() == "timer/2026-01-01\nbob/api/cash/2018-01-01\n"
    assert (made / "src/app/till/run.sh").stat().st_mode & 0o100
    assert str((made / "src/app/till/link").readlink()) == "main.cc"


def test_a_change_gets_the_next_version(tree: Path, bob: Path, genode: Genode) -> None:
    assert bob.is_dir()
    assert genode("depot", "fork", "bob/src/till", "--version-cmd", "echo 2026-02-02")[0] == 0
    (tree / "repos/till/src/app/till/main.cc").write_text("int main() { return 1; }\n")
    words = ("depot", "bump", "al/src/till", "--version-cmd", "echo 2026-02-03")
    code, out, _ = genode(*words)
    assert code == 0 and "src/till: 2026-02-02 → 2026-02-03" in out


def test_two_forks_share_a_repository(tree: Path, bob: Path, genode: Genode) -> None:
    write_files(bob / f"src/bell/{V}", {**TILL, "src/app/bell/main.cc": "//\n"})
    for name in TILL:
        if name.startswith(("src/app/till", "lib/")):
            (bob / f"src/bell/{V}" / name).unlink()
    (bob / f"src/bell/{V}/src/app/till").rmdir()
    words = ("--repository", "repos/world", "--version-cmd", "echo 2026-02-02")
    assert genode("depot", "fork", "bob/src/till", *words)[0] == 0
    assert genode("depot", "fork", "bob/src/bell", *words)[0] == 0
    assert genode("depot", "extract", "al/src/till", "al/src/bell")[0] == 0
    made = tree / "depot/al/src/bell/2026-02-02"
    assert sorted(path.name for path in (made / "src/app").iterdir()) == ["bell"]


@pytest.mark.parametrize("what", ["src/app/till/main.cc", "LICENSE", "src/app/till"])
def test_nothing_is_overwritten(tree: Path, bob: Path, genode: Genode, what: str) -> None:
    assert bob.is_dir()
    path = tree / "repos/till" / what
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    code, _, err = genode("depot", "fork", "bob/src/till")
    assert code == 2 and "a fork would overwrite" in err and str(path) in err
    assert path.read_text() == "mine\n"
    assert [one for one in (tree / "repos/till").rglob("*") if one.is_file()] == [path]
    assert not list((tree / "repos").glob(".*"))


def test_what_a_killed_call_left_is_no_repository(tree: Path, bob: Path, genode: Genode) -> None:
    assert bob.is_dir()
    left = tree / "repos/.till.1.part"
    write_files(left, {"recipes/src/till/hash": "1 0\n", "recipes/src/till/content.mk": "x:\n"})
    assert "no recipe for src/till" in genode("depot", "extract", "al/src/till")[2]
    assert genode("depot", "fork", "bob/src/till")[0] == 0
    assert not left.exists()
    assert genode("depot", "extract", "al/src/till")[0] == 0


def test_the_rest_of_a_repository_stays(tree: Path, bob: Path, genode: Genode) -> None:
    assert bob.is_dir()
    write_files(tree / "repos/till", {"LICENSE": TILL["LICENSE"], "notes": "mine\n"})
    assert genode("depot", "fork", "bob/src/till")[0] == 0
    assert (tree / "repos/till/notes").read_text() == "mine\n"
    assert genode("depot", "extract", "al/src/till")[0] == 0


def test_a_package_and_an_interface(tree: Path, bob: Path, genode: Genode) -> None:
    files = {
        "README": "Cash\n",
        "archives": f"bob/src/till/{V}\nbob/raw/goods/1\n",
        "runtime": "<runtime/>\n",
    }
    write_files(bob / f"pkg/desk/{V}", files)
    for name in ("bob/pkg/desk", "bob/api/cash"):
        code, _, err = genode("depot", "fork", name)
        assert code == 0, err
    recipe = tree / "repos/desk/recipes/pkg/desk"
    # `raw/goods` has a recipe in the tree
    assert (recipe / "archives").read_text() == f"bob/src/till/{V}\n_/raw/goods\n"
    assert genode("depot", "extract", "al/api/cash")[0] == 0
    (version,) = (path for path in (tree / "depot/al/api/cash").iterdir() if path.is_dir())
    assert (version / "include/cash/cash.h").read_text() == "//\n"


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        ("bob/src/shop", "bob/src/shop is not in the depot"),
        ("bob/src/till/1999-01-01", "bob/src/till/1999-01-01 is not in the depot"),
        ("bob/bin/x86_64/till", "cannot fork bob/bin/x86_64/till: it has no recipe"),
        ("al/src/shop", "the tree has a recipe for src/shop already"),
    ],
)
def test_wrong_input_is_said(
    tree: Path, bob: Path, genode: Genode, archive: str, message: str
) -> None:
    assert genode("depot", "extract", "al/src/shop")[0] == 0
    before = sorted((tree / "repos").iterdir())
    code, _, err = genode("depot", "fork", archive)
    assert code == 2 and message in err
    assert sorted((tree / "repos").iterdir()) == before and bob.is_dir()

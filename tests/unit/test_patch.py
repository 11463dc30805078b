"""Patches: as GNU patch applies them, and nothing changed where they do not apply."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, Location
from genode_tool.ports.patch import PatchFailed, apply

TEXT = "".join(f"line {number}\n" for number in range(1, 31))

GOOD = """\
Words before it.
--- a/src/x.c
+++ b/src/x.c
@@ -1,4 +1,4 @@
 line 1
-line 2
+line two
 line 3
 line 4
--- /dev/null
+++ b/new/file
@@ -0,0 +1 @@
+new
"""
BAD_HUNK = """\
--- a/src/x.c
+++ b/src/x.c
@@ -1,4 +1,4 @@
 line 1
-line 2
+line two
 line 3
 line 4
@@ -20,4 +20,4 @@
 line 20
-line XXI
+line twenty-one
 line 22
 line 23
"""
TWICE = (
    GOOD
    + """\
--- a/src/x.c
+++ b/src/x.c
@@ -1,4 +1,4 @@
 line 1
-line two
+line 2 again
 line 3
 line 4
"""
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a tree/src").mkdir(parents=True)
    (tmp_path / "a tree/src/x.c").write_text(TEXT)
    return tmp_path / "a tree"


def listing(top: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()
    }


def written(tree: Path, text: str) -> Path:
    path = tree.parent / "the patch"
    path.write_text(text)
    return path


@pytest.mark.parametrize("options", [["-p1"], ["-p1", "-d", "."], ["-d.", "-p", "1"]])
def test_a_patch_applies(tree: Path, options: list[str]) -> None:
    apply(written(tree, GOOD), tree, options)
    assert (tree / "src/x.c").read_text() == TEXT.replace("line 2\n", "line two\n", 1)
    assert sorted(listing(tree)) == ["new/file", "src/x.c"]


def test_the_directory_counts(tree: Path) -> None:
    text = GOOD.replace("a/src/x.c", "x.c").replace("b/src/x.c", "x.c").replace("b/new", "new")
    apply(written(tree, text), tree, ["-p0", "-dsrc"])
    assert sorted(listing(tree)) == ["src/new/file", "src/x.c"]
    with pytest.raises(PatchFailed, match="/none, which is not a directory"):
        apply(written(tree, GOOD), tree, ["-p1", "--directory=none"])


def test_it_leaves_what_patch_leaves(tree: Path) -> None:
    """A hunk that fits elsewhere makes patch keep the original."""
    (tree / "src/x.c").write_text("one more\n" * 3 + TEXT)
    other = tree.parent / "other"
    subprocess.run(["cp", "-r", str(tree), str(other)], check=True)
    patch = written(tree, GOOD)
    subprocess.run(["patch", "-s", "-p1", "-i", str(patch)], cwd=other, check=True)
    apply(patch, tree, ["-p1"])
    assert listing(tree) == listing(other)
    assert "src/x.c.orig" in listing(tree)


def test_a_file_may_be_patched_twice(tree: Path) -> None:
    apply(written(tree, TWICE), tree, ["-p1"])
    assert "line 2 again\n" in (tree / "src/x.c").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BAD_HUNK, "does not apply: src/x.c: hunk 2 (line 20)"),
        (GOOD.replace("-line 2", "-line Z"), "does not apply: src/x.c: hunk 1 (line 1)"),
        (GOOD.replace("src/x.c", "src/y.c"), "no such file to patch: src/y.c"),
        (GOOD.replace("b/new/file", "b/../../evil"), "dangerous file name ../../evil"),
        (GOOD.replace(" line 3\n", "line 3\n"), "malformed patch at line"),
        ("nothing of the kind\n", "Only garbage was found in the patch input"),
        (TWICE.replace("line two\n+line 2 again", "line 0\n+line 2 again"), "hunk 1 (line 1)"),
    ],
)
def test_a_failure_is_told_and_changes_nothing(tree: Path, text: str, words: str) -> None:
    before = listing(tree)
    patch = written(tree, text)
    where = Location("x.port", 3)
    with pytest.raises(PatchFailed) as caught:
        apply(patch, tree, ["-p1"], where)
    assert f"x.port:3: patch {patch} does not apply: " in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 1
    assert listing(tree) == before
    assert sorted(path.name for path in tree.parent.iterdir()) == ["a tree", "the patch"]


def test_the_rejected_hunk_is_shown(tree: Path) -> None:
    with pytest.raises(PatchFailed) as caught:
        apply(written(tree, BAD_HUNK), tree, ["-p1"])
    assert "-line XXI" in caught.value.trail
    assert "+line two" not in caught.value.trail


def test_a_patch_that_is_applied_already(tree: Path) -> None:
    patch = written(tree, GOOD)
    apply(patch, tree, ["-p1"])
    before = listing(tree)
    with pytest.raises(PatchFailed):
        apply(patch, tree, ["-p1"])
    assert listing(tree) == before


def test_what_is_missing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PatchFailed, match="no such patch"):
        apply(tree / "none.patch", tree, [])
    monkeypatch.setenv("PATH", str(tree))
    with pytest.raises(EnvironmentProblem, match="GNU patch, which is not installed"):
        apply(written(tree, GOOD), tree, ["-p1"])

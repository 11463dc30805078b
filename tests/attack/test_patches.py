"""Patches that want to write, read or execute outside of the port."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genode_tool.errors import GenodeError
from genode_tool.ports.patch import apply

NEW = "@@ -0,0 +1 @@\n+changed\n"
CHANGE = "@@ -1 +1 @@\n-known\n+changed\n"
DELETED = "deleted file mode 100644\n"
REMOVE = "@@ -1 +0,0 @@\n-known\n"


def plain(old: str, new: str, hunk: str = CHANGE) -> str:
    return f"--- {old}\n+++ {new}\n{hunk}"


def git(old: str, new: str, words: str, hunk: str = "") -> str:
    return f"diff --git {old} {new}\n{words}{hunk}"


def git_link(name: str, target: str) -> str:
    return git(
        f"a/{name}",
        f"b/{name}",
        f"new file mode 120000\n--- /dev/null\n+++ b/{name}\n",
        f"@@ -0,0 +1 @@\n+{target}\n\\ No newline at end of file\n",
    )


PATCHES = {
    "a parent": plain("a/../outside/file", "b/../outside/file"),
    "a parent that is new": plain("/dev/null", "b/../outside/new", NEW),
    "a parent in the middle": plain("/dev/null", "b/src/../../outside/new", NEW),
    "a parent, from below": plain("a/../../outside/file", "b/../../outside/file"),
    "a removal, from below": plain("a/../../outside/file", "/dev/null", REMOVE),
    "a removal by an escaped name": plain('"a/\\056./outside/file"', "/dev/null", REMOVE),
    "a removal by a name of two lines": plain('"a\\n/../../outside/file"', "/dev/null", REMOVE),
    "a bare removal": plain("../outside/file", "/dev/null", REMOVE),
    "git: a removal by name": git(
        "a/../outside/file", "b/../outside/file", "deleted file mode 100644\n"
    )
    + plain("a/../outside/file", "/dev/null", REMOVE),
    "git: an absolute removal": git("@OUTSIDE/file", "@OUTSIDE/file", DELETED)
    + plain("@OUTSIDE/file", "/dev/null", REMOVE),
    "absolute": plain("@OUTSIDE/file", "@OUTSIDE/file"),
    "absolute and new": plain("/dev/null", "@OUTSIDE/new", NEW),
    "absolute after the part that goes": plain("a/@OUTSIDE/file", "b/@OUTSIDE/file"),
    "absolute after slashes": plain("a///@OUTSIDE/file", "b///@OUTSIDE/file"),
    "a removal": plain("a/../outside/file", "/dev/null", REMOVE),
    "an absolute removal": plain("@OUTSIDE/file", "/dev/null", REMOVE),
    "an index line": "Index: ../outside/file\n" + CHANGE,
    "an absolute index line": "Index: @OUTSIDE/file\n" + CHANGE,
    "an index line and names": "Index: @OUTSIDE/file\n" + plain("a/x", "b/x"),
    "the old format": "*** @OUTSIDE/file\n--- @OUTSIDE/file\n***************\n*** 1 ****\n"
    "! known\n--- 1 ----\n! changed\n",
    "a normal diff": "Index: ../outside/file\n1c1\n< known\n---\n> changed\n",
    "commands for ed": "--- a/x\n+++ b/x\n1c\nchanged\n.\n!touch @OUTSIDE/new\nw\nq\n",
    "commands for ed, bare": "Index: x\n0a\nx\n.\n!touch @OUTSIDE/new\n.\nw @OUTSIDE/new\nq\n",
    "commands for ed that write": "Index: x\n1d\nw @OUTSIDE/new\n",
    "a prerequisite": f"Prereq: known\n{plain('a/../outside/file', 'b/x')}",
    "a quoted name": plain('"a/../outside/file"', '"b/../outside/file"'),
    "an escaped name": plain('"a/\\056\\056/\\056\\056/outside/file"', '"b/\\056\\056/x"'),
    "an escaped slash": plain("/dev/null", '"b/\\057..\\057..\\057outside\\057new"', NEW),
    "git: a parent": git("a/../outside/new", "b/../outside/new", "new file mode 100644\n")
    + plain("/dev/null", "b/../outside/new", NEW),
    "git: a rename out": git(
        "a/x", "b/../outside/new", "rename from x\nrename to ../outside/new\n"
    ),
    "git: an absolute rename out": git("a/x", "b/y", "rename from x\nrename to @OUTSIDE/new\n"),
    "git: a rename in": git(
        "a/../outside/file", "b/y", "rename from ../outside/file\nrename to y\n"
    ),
    "git: an absolute rename in": git("a/y", "b/y", "rename from @OUTSIDE/file\nrename to y\n"),
    "git: a copy out": git("a/x", "b/y", "copy from x\ncopy to @OUTSIDE/new\n"),
    "git: a mode": git("a/../outside/file", "b/../outside/file", "")
    + "old mode 100644\nnew mode 100755\n",
    "git: an absolute mode": "diff --git @OUTSIDE/file @OUTSIDE/file\nold mode 100644\n"
    "new mode 100777\n",
    "git: set user": git("a/s", "b/s", "new file mode 106755\n") + plain("/dev/null", "b/s", NEW),
    "git: a removal": git("a/l/file", "b/l/file", "deleted file mode 100644\n")
    + plain("a/l/file", "/dev/null", REMOVE),
    "git: a link": git_link("new", "@OUTSIDE"),
    "git: a link upwards": git_link("src/new", "../outside"),
    "git: a link, then through": git_link("new", "@OUTSIDE") + plain("/dev/null", "b/new/new", NEW),
    "git: a link, then a change": git_link("new", "@OUTSIDE/file") + plain("a/new", "b/new"),
    "git: a link for a link": git_link("n", "l") + plain("/dev/null", "b/n/new", NEW),
    "git: two links": git_link("m", "..") + git_link("n", "m/outside"),
    "git: a binary file": git("a/b", "b/b", "GIT binary patch\nliteral 5\nMcmZQzWMT#Y01f~L\n\n"),
    "git: a submodule": git("a/sub", "b/sub", "new file mode 160000\nindex 0000000..1234567\n")
    + plain("/dev/null", "b/sub", "@@ -0,0 +1 @@\n+Subproject commit 1234567\n"),
    "a link that was there": plain("a/l/file", "b/l/file"),
    "a new file below a link that was there": plain("/dev/null", "b/l/new", NEW),
    "a link to a file that was there": plain("a/f", "b/f"),
    "a removal of a link that was there": plain("a/f", "/dev/null", REMOVE),
    "a fifo that was there": plain("a/fifo", "b/fifo"),
    "a device": plain("a/src/x", "/dev/full", "@@ -1 +1 @@\n-known\n+x\n"),
    "a name of an option": plain("/dev/null", "b/--output=x", NEW),
    "a name with a command": plain("/dev/null", "b/$(touch @OUTSIDE)`id`;x", NEW),
    "a name with an escape": plain("/dev/null", "b/../\x1b]0;title\x07", NEW),
    "a hunk from nowhere": plain("a/x", "b/x", "@@ -99999999999999999999,1 +1 @@\n-known\n+x\n"),
    "a hunk of many lines": plain("a/x", "b/x", "@@ -1,999999999 +1,999999999 @@\n-known\n+x\n"),
    "a hunk of negative lines": plain("a/x", "b/x", "@@ -1,-5 +1,-5 @@\n-known\n+x\n"),
    "a hunk that ends early": plain("a/x", "b/x", "@@ -1,3 +1,3 @@\n-known\n"),
    "a line without end": plain("a/x", "b/x", "@@ -1 +1 @@\n-known\n+" + "x" * 200_000),
    "nulls": plain("a/x", "b/x").replace("known", "\0"),
    "nothing": "",
    "noise": "\xff\xfe\0\x01" * 100,
    "a reject file": plain("a/x", "b/x", "@@ -1 +1 @@\n-other\n+changed\n"),
}


class Place:
    """A port to be patched, with links that lead outside, and the outside."""

    def __init__(self, top: Path) -> None:
        self.outside = top / "outside"
        self.outside.mkdir()
        (self.outside / "file").write_text("known\n")
        self.port = top / "port"
        (self.port / "src").mkdir(parents=True)
        for name in ("x", "src/x"):
            (self.port / name).write_text("known\n")
        (self.port / "l").symlink_to(self.outside)
        (self.port / "f").symlink_to(self.outside / "file")
        os.mkfifo(self.port / "fifo")
        self.before = self.seen()

    def seen(self) -> list[object]:
        names = sorted(path.name for path in self.outside.parent.iterdir())
        found: list[object] = [name for name in names if name != "the patch"]
        for path in sorted(self.outside.rglob("*")):
            status = path.lstat()
            found.append((path, path.read_bytes(), status.st_mode, status.st_ino))
        return found


@pytest.mark.parametrize("options", [["-p1"], ["-p0"], ["-p1", "-d", "src"]], ids=" ".join)
@pytest.mark.parametrize("trick", PATCHES)
def test_a_patch_gets_nothing(tmp_path: Path, trick: str, options: list[str]) -> None:
    place = Place(tmp_path)
    patch = tmp_path / "the patch"
    text = PATCHES[trick].replace("@OUTSIDE", str(place.outside))
    patch.write_bytes(text.encode("latin-1"))
    try:
        apply(patch, place.port, options)
    except GenodeError as error:
        assert "\n" not in error.message
    assert place.seen() == place.before
    for path in place.port.rglob("*"):
        leads_in = Path(os.path.realpath(path)).is_relative_to(place.port)
        assert leads_in or path.name in ("l", "f"), path
        assert not path.lstat().st_mode & 0o6000, path
        if path.is_file() and not path.is_symlink():
            assert b"Subproject" not in path.read_bytes() or path.name == "sub"

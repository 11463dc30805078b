"""Scratch directories go when their work is over, when an exception ends it, and after a kill."""

from __future__ import annotations

import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from genode_tool import keeper, process
from genode_tool.files import remove_tree
from genode_tool.scratch import make_scratch, remove_scratch, scratch_directory
from tests.shared.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_it_is_private_and_gone_after_the_block(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch_directory("test", tmp_path) as made:
        assert made.parent == tmp_path and made.name.startswith("genode-test-")
        assert made.stat().st_mode & 0o777 == 0o700
        (made / "a").mkdir()
        raise KeyboardInterrupt
    assert not left(tmp_path)


def test_what_was_renamed_stays(tmp_path: Path) -> None:
    with scratch_directory("test", tmp_path) as made:
        made.rename(tmp_path / "kept")
    assert left(tmp_path) == ["kept"]


def test_one_that_cannot_be_made_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_scratch("test", tmp_path / "none")
    assert not keeper.keeper()._scratch


def test_a_missing_directory_leaves_the_one_above_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    remove_tree(tmp_path / "none")
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_directories_without_permissions_are_removed(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    (tmp_path / "a/b/file").touch()
    (tmp_path / "outside").mkdir(mode=0o500)
    (tmp_path / "a/b/link").symlink_to(tmp_path / "outside")
    for path in ("a/b/c", "a/b", "a"):
        (tmp_path / path).chmod(0)
    remove_tree(tmp_path / "a")
    assert left(tmp_path) == ["outside"]
    assert (tmp_path / "outside").stat().st_mode & 0o777 == 0o500


_NAMES = ("plain", "two words", "a'b\"c", "$HOME `id` \\0101 *", "ü\n\ttrailing ", "-rf")

_HOLDER = """
import os, sys
from pathlib import Path
from genode_tool.scratch import make_scratch, remove_scratch
kept = []
for top in sys.argv[1:]:
    remove_scratch(make_scratch("over", Path(top)))
    renamed = make_scratch("renamed", Path(top))
    renamed.rename(Path(top, "kept"))
    remove_scratch(renamed)
    kept.append(made := make_scratch("held", Path(top)))
    (made / "a/b").mkdir(parents=True)
    (made / "a/b/file").touch()
    (made / "a/b").chmod(0)
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_none_whatever_the_name(tmp_path: Path) -> None:
    tops = [tmp_path / name for name in _NAMES]
    for top in tops:
        top.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, *map(str, tops)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        assert all(len(left(top)) == 2 for top in tops)
        child.send_signal(signal.SIGKILL)
    until(lambda: all(left(top) == ["kept"] for top in tops), "the end of the keeper")


def test_a_new_keeper_learns_of_them(tmp_path: Path) -> None:
    process.run(["true"])
    made = make_scratch("test", tmp_path)
    keeper.keeper()._process.kill()
    keeper.keeper()._process.wait()
    process.run(["true"])
    assert keeper.keeper().busy
    remove_scratch(made)
    assert not keeper.keeper()._scratch


def test_one_mechanism_for_all() -> None:
    found = []
    for path in sorted((ROOT / "genode_tool").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in ("TemporaryDirectory", "mkdtemp"):
                found.append(str(path.relative_to(ROOT)))
    # What a killed set-up leaves, the next one removes while it holds the lock.
    assert found == ["genode_tool/cli/setup/environment.py"]


_CALLS = {
    "make": ("genode_tool.makefile", "-j2", "-f", "@PLACE/makefile"),
    "plan": ("genode_tool", "run", "--plan", "log", "--kernel", "linux"),
    "ports": ("genode_tool", "port", "check"),
    "recipes": ("genode_tool", "-C", "@PLACE/tree", "depot", "status"),
}


@pytest.mark.parametrize("kind", _CALLS)
def test_killed_calls_leave_nothing(tmp_path: Path, kind: str) -> None:
    """Kill a call at random moments; once the keeper has ended, nothing temporary is left."""
    temporary = tmp_path / "temporary directory"
    temporary.mkdir()
    (tmp_path / "makefile").write_text("all: a b\na b:\n\tsleep 0.3\n")
    # A tree of its own: in this one, the answer may be known from an earlier call.
    shutil.copytree(ROOT / "repos", tmp_path / "tree/repos")
    words = [one.replace("@PLACE", str(tmp_path)) for one in _CALLS[kind]]
    argv = [sys.executable, "-m", *words]
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    chance = random.Random(kind)
    seen = False
    for _ in range(4):
        with subprocess.Popen(
            argv,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as child:
            while child.poll() is None and not left(temporary):
                time.sleep(0.002)
            seen = seen or bool(left(temporary))
            time.sleep(chance.random() * 0.3)
            child.kill()
        until(lambda: not left(temporary), f"the end of temporary files: {left(temporary)}")
    assert seen, "this call makes no temporary directory"

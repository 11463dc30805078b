"""Replayed results: when, and above all when not."""

from __future__ import annotations

import os
import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genode_tool import building, recall
from genode_tool.cli.main import main
from genode_tool.tree import BuildDirectory
from tests.unit.test_build_misleading_times import HEADER, MAIN, UTIL, PlainTree

WORDS = ["make", "app/one", "lib/util", "KERNEL=hw"]
NOTHING = re.compile(r"genode: nothing to build \(\d\.\d\d s\)\n")
GRAPH = ["graph", "app/one", "--format", "make"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlainTree:
    tree = PlainTree(tmp_path / "place")
    monkeypatch.chdir(tree.build)
    return tree


def settle() -> None:
    """Let files become older than any call that follows."""
    time.sleep(0.07)


def call(capfd: pytest.CaptureFixture[str], words: list[str] | None = None) -> str:
    """Call the tool in its normal way and return what it printed."""
    settle()
    assert main(words or WORDS) == 0
    return capfd.readouterr().out


def told(capfd: pytest.CaptureFixture[str], words: list[str] | None = None) -> str | None:
    """Return the replayed result of a call, None without one."""
    code = recall.replay(list(words or WORDS), time.monotonic())
    out = capfd.readouterr().out
    if code is None:
        assert not out
        return None
    assert code == 0
    return out


def ready(tree: PlainTree, capfd: pytest.CaptureFixture[str]) -> None:
    """Build, so that a result is recorded for replay."""
    assert "built" in call(capfd)
    assert told(capfd) is None, "steps ran: that is no answer"
    assert call(capfd).startswith("genode: nothing to build (")
    assert NOTHING.fullmatch(told(capfd) or "")


def replaced(path: Path) -> None:
    """Give a file other content of the same size, and its old times."""
    before, data = path.stat(), path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[PlainTree], object]] = {
    "a source": lambda tree: tree.write(MAIN, '#include "own.h"\nother\n'),
    "a source that is removed": lambda tree: (tree.path / UTIL).unlink(),
    "a header that was found to be read": lambda tree: tree.write(HEADER, "own 2\n"),
    "a header's time": lambda tree: (tree.path / HEADER).touch(),
    "content with the old time": lambda tree: replaced(tree.path / MAIN),
    "a description": lambda tree: tree.write(
        "repos/base/lib/mk/util.mk", "SRC_CC = util.cc\nvpath %.cc $(REP_DIR)/src/lib\n"
    ),
    "a rule makefile": lambda tree: tree.write("repos/base/mk/spec/x86_64.mk", "SPECS += x86 y\n"),
    "a description before the old one": lambda tree: tree.write(
        "repos/base-hw/lib/mk/util.mk", "SRC_CC =\n"
    ),
    "a file that is looked for": lambda tree: tree.write("repos/base-hw/mk/util.inc", "\n"),
    "the configuration": lambda tree: (tree.build / "etc/build.conf").write_text(
        (tree.build / "etc/build.conf").read_text() + "BOARD = other\n"
    ),
    "a configuration that was not there": lambda tree: (tree.build / "etc/own.conf").touch(),
    "the compiler": lambda tree: replaced(tree.path.parent / "compiler"),
    "an object": lambda tree: replaced(tree.build / "app/one/main.o"),
    "an object that is removed": lambda tree: (tree.build / "app/one/main.o").unlink(),
    "a program": lambda tree: replaced(tree.build / "bin/one"),
    "a link that is removed": lambda tree: (tree.build / "bin/one").unlink(),
    "an archive": lambda tree: replaced(tree.build / "var/libcache/util/util.lib.a"),
    "everything that was built": lambda tree: shutil.rmtree(tree.build / "app"),
    "the progress log": lambda tree: (tree.build / "progress.log").unlink(),
    "the compile commands": lambda tree: (tree.build / "compile_commands.json").unlink(),
    "the libraries' users": lambda tree: (tree.build / "var/libdeps").unlink(),
    "the ninja file": lambda tree: (tree.build / "var/genode/build.ninja").unlink(),
    "ninja's log": lambda tree: (tree.build / "var/genode/.ninja_log").unlink(),
    "a build under way": lambda tree: (tree.build / "var/genode/running").write_text("1 1 1 1"),
    "the environment": lambda tree: os.environ.__setitem__("KERNEL", "linux"),
    "the directory": lambda tree: os.chdir(tree.path),
}
NOT_LOOKED_AT = {"the compiler"}
"""By make neither: it is known by its path alone."""


@pytest.mark.parametrize("what", CHANGES)
def test_nothing_is_told_again_when_something_changed(
    what: str,
    tree: PlainTree,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready(tree, capfd)
    monkeypatch.delenv("KERNEL", raising=False)
    CHANGES[what](tree)
    monkeypatch.setenv("KERNEL", os.environ.get("KERNEL", ""))
    if "KERNEL" in os.environ and not os.environ["KERNEL"]:
        monkeypatch.delenv("KERNEL")
    assert (told(capfd) is None) == (what not in NOT_LOOKED_AT)


def test_the_same_question_has_the_same_words(
    tree: PlainTree, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tree, capfd)
    for other in (["make", "app/one"], ["-v", *WORDS], ["make", "-k", *WORDS[1:]], [*WORDS, "X=1"]):
        assert told(capfd, other) is None
    monkeypatch.setenv("OLDPWD", "/somewhere")
    monkeypatch.setenv("SHLVL", "7")
    monkeypatch.setenv("GENODE_KEEPER", "1-2")
    assert told(capfd) is not None
    monkeypatch.setenv("NO_COLOR", "1")
    assert told(capfd) is None


def test_another_call_in_between_makes_no_difference_to_again(
    tree: PlainTree, capfd: pytest.CaptureFixture[str]
) -> None:
    ready(tree, capfd)
    call(capfd, ["make", "app/two"])
    assert told(capfd) is None, "`again` would repeat the other call"
    assert "nothing" in call(capfd), "planned anew: the other call has changed the ninja file"
    assert "nothing" in call(capfd)
    assert told(capfd) is not None
    assert "nothing" in call(capfd, ["make", "again"])
    assert NOTHING.fullmatch(told(capfd, ["make", "again"]) or "")


def test_a_graph_is_told_again_word_for_word(
    tree: PlainTree, capfd: pytest.CaptureFixture[str]
) -> None:
    first = call(capfd, GRAPH)
    assert "util" in first
    assert told(capfd, GRAPH) == first
    (tree.path / "repos/base/src/app/one/target.mk").write_text("TARGET = one\nSRC_CC = main.cc\n")
    assert told(capfd, GRAPH) is None
    assert "util" not in call(capfd, GRAPH)


def test_elsewhere_in_the_build_directory_and_by_name(
    tree: PlainTree, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tree, capfd)
    monkeypatch.chdir(tree.build / "app/one")
    assert "nothing" in call(capfd)
    assert told(capfd) is not None
    monkeypatch.chdir(tree.path)
    for words in (["-C", "../build", *WORDS], [*WORDS, f"BUILD_DIR={tree.build}"]):
        assert told(capfd, words) is None
        monkeypatch.chdir(tree.path)
        assert "nothing" in call(capfd, words)
        monkeypatch.chdir(tree.path)
        assert told(capfd, words) is not None


def test_what_pkg_config_says_is_a_fact_until_a_package_changes(
    tree: PlainTree, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packages, programs = tree.path / "packages", tree.path / "bin"
    programs.mkdir()
    tool = programs / "pkg-config"
    tool.write_text(
        f'#!/bin/sh\n[ "$1" != --variable=pc_path ] || exec echo {tree.path}/missing\n'
        'cat "$PKG_CONFIG_PATH"/*.pc\n'
    )
    tool.chmod(0o755)
    packages.mkdir()
    (packages / "sdl.pc").write_text("-lsdl\n")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(packages))
    tree.append("repos/base/lib/mk/util.mk", "CC_OPT += -DX='$(shell pkg-config --libs sdl)'\n")
    ready(tree, capfd)
    replaced(packages / "sdl.pc")
    assert told(capfd) is None


def test_an_answer_tells_nothing_of_the_environment(
    tree: PlainTree, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    ready(tree, capfd)
    (answer,) = (tree.build / recall.DIRECTORY).iterdir()
    assert b"hunter2" not in answer.read_bytes()
    monkeypatch.setenv("TOKEN", "hunter3")
    assert told(capfd) is None


def test_a_damaged_answer_is_none(tree: PlainTree, capfd: pytest.CaptureFixture[str]) -> None:
    ready(tree, capfd)
    (answer,) = (tree.build / recall.DIRECTORY).iterdir()
    good = answer.read_bytes()
    chance = random.Random(1)
    for _ in range(300):
        data = bytearray(good)
        if chance.random() < 0.5:
            del data[chance.randrange(len(data)) :]
        else:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        answer.write_bytes(data)
        code = recall.replay(list(WORDS), time.monotonic())
        assert code in (None, 0)
    capfd.readouterr()
    answer.write_bytes(good)
    assert told(capfd) is not None


def test_what_changes_while_the_call_runs_keeps_it_from_being_kept(
    tree: PlainTree, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call(capfd)
    make = building.make

    def touched_first(*args: Any, **options: Any) -> building.BuildResult:
        (tree.path / HEADER).touch()
        return make(*args, **options)

    monkeypatch.setattr(building, "make", touched_first)
    assert main(WORDS) == 0
    capfd.readouterr()
    assert told(capfd) is None


def test_every_kind_of_check_is_made(tmp_path: Path) -> None:
    """Each check stands alone here, so that no other one notices the change in its place."""
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("1")
    link.symlink_to(file)

    def checks() -> list[recall.Checks]:
        seen, around = file.stat(), tmp_path.stat()
        stamp = (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino, seen.st_dev)
        times = (around.st_mtime_ns, around.st_ctime_ns)
        return [
            ({str(file): stamp}, {}, {}, {}, {}),
            ({}, {str(tmp_path): (*times, around.st_ino, around.st_dev)}, {}, {}, {}),
            ({}, {}, {str(file): "file", str(tmp_path / "new"): None}, {}, {}),
            ({}, {}, {}, {str(link): str(file)}, {}),
            ({}, {}, {}, {}, {str(tmp_path): ("file", "link")}),
        ]

    def compared(before: list[recall.Checks]) -> list[bool]:
        return [recall.up_to_date(one) for one in before]

    before = checks()
    assert compared(before) == [True] * 5
    settle()
    (tmp_path / "new").touch()
    assert compared(before) == [True, False, False, True, False]
    (tmp_path / "new").unlink()
    assert compared(before) == [True, False, True, True, True]
    before = checks()
    file.write_text("22")
    assert compared(before) == [False, True, True, True, True]
    before = checks()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert compared(before) == [False, False, True, False, False]
    link.unlink()
    assert compared(before)[3] is False
    assert recall.up_to_date(({str(tmp_path / "gone"): (1, 1, 1, 1)}, {}, {}, {}, {})) is False
    assert recall.up_to_date(({}, {}, {}, {}, {str(tmp_path / "gone"): ()})) is False


@pytest.mark.parametrize("seed", range(4))
def test_what_is_told_again_is_what_would_happen(
    seed: int, tree: PlainTree, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever happened before: after a replay, a normal run has nothing to do."""
    chance = random.Random(seed)
    files = [tree.path / name for name in (MAIN, HEADER, UTIL)]
    made = ("app/one/main.o", "bin/one", "var/libcache/util/util.lib.a")
    again = 0
    for number in range(10):
        for path in chance.choices(files, k=number % 2 and chance.randrange(2)):
            chance.choice((Path.touch, replaced, lambda one: one.write_text(str(seed))))(path)
        for name in chance.choices(made, k=number % 2 and chance.randrange(2)):
            (tree.build / name).unlink(missing_ok=True)
        settle()
        if told(capfd) is not None:
            again += 1
            opened = BuildDirectory.open(tree.build, {"KERNEL": "hw"})
            assert building.make(opened, ("app/one", "lib/util")).steps == 0
            continue
        call(capfd)
        call(capfd)
    assert again, "some of the rounds change nothing"

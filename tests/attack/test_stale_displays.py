"""Changes that hide, for commands that only show something: none may be overlooked by a replay.

After each change, which alters what the command prints, all times of modification are set back.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool import recall
from genode_tool.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
CALLS = {
    "targets": ["targets", "test/*", "KERNEL=linux"],
    "scenarios": ["scenarios", "l*"],
    "explain": ["explain", "test/log", "CC_OPT", "KERNEL=linux"],
    "check": ["config", "check", "log", "KERNEL=linux"],
    "routes": ["config", "routes", "log", "KERNEL=linux"],
    "plan": ["run", "log", "--plan", "--kernel", "linux"],
    "ports": ["port", "list"],
    "depot": ["depot", "status"],
}
LOG_SCRIPT = "repos/base/run/log.run"
SCHEMA = "repos/os/src/init/config.xsd"
DEPOT = "depot/genodelabs"
OPTIONS = "repos/base/mk/global.mk"


class Tree:
    """A copy of our own tree with a build directory in use, and a depot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(ROOT / "repos", path / "repos", symlinks=True)
        assert main(["-q", "-C", str(path), "create-builddir", "x86_64"]) == 0
        self.build = path / "build/x86_64"
        (self.build / "var/genode").mkdir(parents=True)
        (path / DEPOT / "api/lost/2024-01-01").mkdir(parents=True)
        time.sleep(0.07)

    def at(self, name: str) -> Path:
        return self.path / name

    def write(self, name: str, text: str) -> None:
        self.at(name).parent.mkdir(parents=True, exist_ok=True)
        self.at(name).write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.at(name).read_text()
        assert old in text
        self.at(name).write_text(text.replace(old, new))

    def append(self, name: str, text: str) -> None:
        self.at(name).write_text(self.at(name).read_text() + text)

    def times(self) -> dict[Path, int]:
        paths = [self.path, *self.path.rglob("*")]
        return {path: path.lstat().st_mtime_ns for path in paths}


def _linked(tree: Tree) -> None:
    """Put a link in the place of a directory of scenarios, which leads to more of them."""
    shutil.copytree(tree.at("repos/base/run"), tree.at("elsewhere"))
    tree.write("elsewhere/lx.run", "build {}\n")
    shutil.rmtree(tree.at("repos/base/run"))
    tree.at("repos/base/run").symlink_to(tree.at("elsewhere"))


def _linked_before(tree: Tree) -> None:
    """Let a link that was there lead to another directory."""
    tree.at("repos/os/src/test/other").unlink()
    tree.at("repos/os/src/test/other").symlink_to(tree.at("second"))


def _with_repository(tree: Tree) -> None:
    tree.write("repos/mine/src/test/mine/target.mk", "TARGET = m\n")
    tree.append("build/x86_64/etc/build.conf", "REPOSITORIES += $(GENODE_DIR)/repos/mine\n")


CHANGES: list[tuple[str, str, Callable[[Tree], object]]] = [
    ("targets", "a program", lambda t: t.write("repos/os/src/test/new/target.mk", "TARGET = n\n")),
    ("targets", "a program removed", lambda t: shutil.rmtree(t.at("repos/base/src/test/log"))),
    ("targets", "one link less", _linked_before),
    (
        "targets",
        "a repository",
        _with_repository,
    ),
    ("scenarios", "a script", lambda t: t.write("repos/demo/run/lll.run", "build {}\n")),
    ("scenarios", "a script removed", lambda t: t.at(LOG_SCRIPT).unlink()),
    ("scenarios", "a directory, now a link", _linked),
    ("explain", "options for all", lambda t: t.append(OPTIONS, "CC_OPT += -DMORE\n")),
    (
        "explain",
        "a description",
        lambda t: t.append("repos/base/src/test/log/target.mk", "CC_OPT += -DMORE\n"),
    ),
    (
        "explain",
        "the tools",
        lambda t: t.append("build/x86_64/etc/tools.conf", "CC_OPT += -DMORE\n"),
    ),
    ("check", "a component", lambda t: t.replace(LOG_SCRIPT, "<start name", "<strat name")),
    (
        "check",
        "a schema",
        lambda t: t.replace("repos/os/src/init/config.xsd", '"start"', '"strat"'),
    ),
    ("routes", "a component", lambda t: t.replace(LOG_SCRIPT, "test-log", "test-lag")),
    ("plan", "a time limit", lambda t: t.replace(LOG_SCRIPT, "run_genode_until", "exit 1\n#")),
    ("plan", "a program", lambda t: t.replace(LOG_SCRIPT, "test/log", "test/timer")),
    (
        "plan",
        "switches",
        lambda t: t.append("build/x86_64/etc/build.conf", "QEMU_OPT += -m 999\nRUN_OPT += --x\n"),
    ),
    ("ports", "a port", lambda t: t.write("repos/ports/ports/mine.port", "LICENSE := MIT\n")),
    (
        "depot",
        "an archive",
        lambda t: t.at("depot/genodelabs/api/more/2024-01-01").mkdir(parents=True),
    ),
    ("depot", "an archive removed", lambda t: shutil.rmtree(t.at(f"{DEPOT}/api"))),
]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    made = Tree(tmp_path / "tree")
    made.write("first/x/target.mk", "TARGET = x\n")
    made.write("second/x/y/target.mk", "TARGET = y\n")
    made.at("repos/os/src/test/other").symlink_to(made.at("first"))
    monkeypatch.chdir(made.build)
    return made


@pytest.mark.parametrize(
    ("call", "what", "change"), CHANGES, ids=[f"{call}: {what}" for call, what, _ in CHANGES]
)
def test_no_change_is_overlooked(
    tree: Tree,
    capfd: pytest.CaptureFixture[str],
    call: str,
    what: str,
    change: Callable[[Tree], object],
) -> None:
    words = CALLS[call]
    for _ in range(3):
        time.sleep(0.07)
        code = main(words)
        time.sleep(0.07)
        before = capfd.readouterr()
        if recall.replay(list(words), time.monotonic()) == code:
            break
    else:
        pytest.fail("nothing is replayed")
    assert capfd.readouterr() == before

    times = tree.times()
    change(tree)
    for path, when in times.items():
        if os.path.lexists(path):
            os.utime(path, ns=(when, when), follow_symlinks=False)
    quick = recall.replay(list(words), time.monotonic())
    capfd.readouterr()
    main(words)
    assert capfd.readouterr() != before, "the change was to alter something"
    assert quick is None, "the answer is stale"

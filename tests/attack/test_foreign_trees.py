"""Makefiles of other users around the directory of a call: they are not executed unasked."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from genode_tool import recall
from genode_tool.cli.main import main
from genode_tool.settings import layers
from genode_tool.settings.layered import _settings
from tests.unit.buildtree import FILES, SmallTree

OTHER = 54321


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallTree:
    made = SmallTree(tmp_path / "other")
    made.append("repos/base/mk/global.mk", f"$(shell touch {tmp_path}/executed)\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("SUDO_UID", raising=False)
    monkeypatch.setattr(layers, "SITE_DIRECTORY", tmp_path / "site")
    _settings.cache_clear()
    return made


def _give_away(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    """Let files belong to another user: by their owner as root, else by who we are."""
    for path in paths:
        if os.geteuid() == 0:
            os.chown(path, OTHER, -1)
    if os.geteuid() != 0:
        monkeypatch.setattr(os, "geteuid", lambda: OTHER)


def _executed(tmp_path: Path) -> bool:
    return (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["targets"],
        ["libs"],
        ["make"],
        ["make", "app/one", "-n"],
        ["graph", "app/one"],
        ["explain", "KERNEL"],
        ["scenarios"],
        ["run", "x", "--plan"],
        ["config", "check", "x"],
        ["port", "list"],
        ["prepare", "x"],
        ["clean", "x"],
        ["tcb", "x", "y"],
    ],
)
@pytest.mark.parametrize("part", ["", "etc", "etc/build.conf", "etc/specs.conf"])
def test_a_build_directory_of_another_user_is_not_evaluated(
    tree: SmallTree,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    part: str,
) -> None:
    if part and (os.geteuid() != 0 or words != ["targets"]):
        pytest.skip("once is enough")
    (tree.build / "home/user").mkdir(parents=True)
    monkeypatch.chdir(tree.build / "home/user")
    _give_away(monkeypatch, tree.build / part)
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert not out and not _executed(tmp_path)
    assert f"{tree.build / part} belongs to user" in err
    assert f"hint: if you trust them, run `genode trust {tree.build}`" in err


@pytest.mark.parametrize("part", ["", "repos/base", "repos/base-hw"])
def test_a_tree_of_another_user_is_not_evaluated(
    tree: SmallTree,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    part: str,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs files of two users")
    monkeypatch.chdir(tree.build)
    _give_away(monkeypatch, tree.path / part)
    assert main(["targets"]) == 2
    assert f"genode trust {(tree.path / part).resolve()}`" in capfd.readouterr().err
    assert not _executed(tmp_path)


def test_what_is_trusted_is_evaluated(
    tree: SmallTree,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tree.build)
    _give_away(monkeypatch, tree.build, tree.path)
    other = tmp_path / 'a name with "quotes" and \\'
    other.mkdir()
    assert main(["trust", str(other)]) == 0
    _settings.cache_clear()
    assert main(["targets"]) == 2
    assert main(["trust", str(tmp_path / "other")]) == 0
    _settings.cache_clear()
    assert main(["targets"]) == 0
    assert _executed(tmp_path)
    capfd.readouterr()
    assert main(["trust"]) == 0
    assert capfd.readouterr().out.splitlines() == [str(other), str(tmp_path / "other")]
    assert main(["trust", "--remove", str(tmp_path / "other")]) == 0
    _settings.cache_clear()
    assert main(["targets"]) == 2
    assert main(["trust", "--remove", str(tmp_path / "other")]) == 2
    assert main(["trust", str(tmp_path / "missing")]) == 2


def test_a_site_may_trust_everything(
    tree: SmallTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/trust.toml").write_text('[trust]\ndirectories = ["*"]\n')
    monkeypatch.chdir(tree.build)
    _give_away(monkeypatch, tree.build, tree.path)
    assert main(["targets"]) == 0


def test_a_tree_cannot_have_itself_trusted(
    tree: SmallTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (tree.path, tree.build):
        (place / "etc/genode").mkdir(parents=True)
        (place / "etc/genode/trust.toml").write_text('[trust]\ndirectories = ["*"]\n')
    monkeypatch.chdir(tree.build)
    _give_away(monkeypatch, tree.build, tree.path)
    assert main(["targets"]) == 2
    assert not _executed(tmp_path)


def test_under_sudo_the_caller_s_files_are_one_s_own(
    tree: SmallTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("for root")
    monkeypatch.chdir(tree.build)
    _give_away(monkeypatch, tree.build, tree.path)
    monkeypatch.setenv("SUDO_UID", str(OTHER))
    assert main(["targets"]) == 0


def test_an_answer_of_another_user_is_not_replayed(
    tree: SmallTree, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["graph", "app/one", "--format", "make"]
    tree.write("repos/base/mk/global.mk", FILES["repos/base/mk/global.mk"])
    monkeypatch.chdir(tree.build)
    time.sleep(0.07)
    assert main(words) == 0
    assert recall.replay(list(words), time.monotonic()) == 0
    (answer,) = (tree.build / recall.DIRECTORY).iterdir()
    if os.geteuid() == 0:
        os.chown(answer, OTHER, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    assert recall.replay(list(words), time.monotonic()) is None
    capfd.readouterr()

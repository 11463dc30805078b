"""Wrong recipes, full disks and servers that misbehave: one message, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from genode_tool.ports.fetch.policy import Policy
from genode_tool.ports.preparation.tools import fetch_policy
from tests.unit.depot_fixture import Genode, genode, recipe_dir, tree
from tests.unit.depot_shop import (
    ARCHIVES,
    SHOP,
    Shop,
    al_key,
    ring,
    shop,
    without_gpg,
)
from tests.unit.fetch import webserver

__all__ = ["al_key", "genode", "ring", "shop", "tree"]

ROOT = Path(__file__).resolve().parents[2]


def test_an_archive_without_licence_is_made_with_a_warning(tree: Path, genode: Genode) -> None:
    (recipe_dir(tree, "api/timer") / "content.mk").write_text("x:\n\techo y > $@\n")
    words = ("depot", "extract", "al/api/timer", "--update-versions", "--version-cmd")
    code, out, err = genode(*words, "echo 2026-02-02")
    assert code == 0
    assert (out + err).count("al/api/timer/2026-02-02 has no LICENSE") == 1


@pytest.mark.parametrize("file", ["used_apis", "api"])
def test_an_archive_of_somebody_else_that_is_not_there(
    tree: Path, genode: Genode, file: str
) -> None:
    (recipe_dir(tree, "src/shop") / file).write_text("bob/api/cash/2020-01-01\n")
    code, out, err = genode("depot", "extract", "al/src/shop", "--update-versions")
    assert code == 2 and (out + err).count("error: ") == 1
    assert "bob/api/cash/2020-01-01 is not in the depot, needed by al/src/shop" in err
    assert not (tree / "depot/al").exists()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("echo ../x", "version command `echo ../x`: `../x` is not a version"),
        ("true", "printed no version (exit code 0)"),
        ("exit 3", "printed no version (exit code 3)"),
    ],
)
def test_a_version_command_without_version(
    tree: Path, genode: Genode, command: str, message: str
) -> None:
    (recipe_dir(tree, "raw/goods") / "content.mk").write_text("x:\n\techo y > $@\n")
    words = ("depot", "extract", "al/raw/goods", "--update-versions", "--version-cmd", command)
    code, out, err = genode(*words)
    assert code == 2 and message in out + err
    assert not list((tree / "depot").rglob("list"))


def in_namespace(tree: Path, script: str) -> None:
    """Run a shell script in a mount namespace of its own; `$genode` calls the tool there."""
    genode = f"{sys.executable} -m genode_tool"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "genode": genode}
    words = ["unshare", "-rm", "sh", "-ec", f"{script}\ntouch done"]
    try:
        done = subprocess.run(words, cwd=tree, env=env, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare")
    if not (tree / "done").exists():
        pytest.skip(f"no mounts of our own: {done.stderr.decode()}")


_FULL = """
mkdir -p depot; mount -t tmpfs -o size=300k tmpfs depot
{ $genode depot extract al/pkg/street && echo 0 || echo $?; } > first 2>&1
find depot -path depot/var -prune -o -print > left
mount -o remount,size=64m depot
{ $genode depot extract al/pkg/street && echo 0 || echo $?; } > second 2>&1
{ $genode depot verify && echo 0 || echo $?; } > third 2>&1
"""


def test_a_full_disk_leaves_no_half_archive(tree: Path, genode: Genode) -> None:
    (tree / "repos/os/src/shop/data").write_bytes(os.urandom(400_000))
    (recipe_dir(tree, "pkg/shop") / "archives").write_text("_/src/shop\n_/raw/goods\n")
    update = ("depot", "extract", "al/pkg/street", "--update-versions", "DEPOT_DIR=scratch")
    assert genode(*update)[0] == 0
    shutil.rmtree(tree / "scratch")
    in_namespace(tree, _FULL)
    first = (tree / "first").read_text()
    assert first.endswith("\n2\n") and "No space left on device" in first, first
    assert "Traceback" not in first
    left = (tree / "left").read_text()
    assert "/src/shop/" not in left and ".part" not in left and "/pkg/" not in left
    second, third = ((tree / name).read_text() for name in ("second", "third"))
    assert second.endswith("\n0\n"), second
    assert third.endswith("\n0\n"), third


_READ_ONLY_DEPOT = """
mkdir -p depot; mount --bind depot depot; mount -o remount,bind,ro depot
{ $genode depot extract al/pkg/street && echo 0 || echo $?; } > said 2>&1
{ $genode depot create al/bin/x86_64/shop && echo 0 || echo $?; } > created 2>&1
"""


def test_a_depot_that_is_read_only(tree: Path) -> None:
    in_namespace(tree, _READ_ONLY_DEPOT)
    for name in ("said", "created"):
        said = (tree / name).read_text()
        assert said.endswith("\n2\n") and said.count("error: ") == 1, said
        assert "cannot write" in said and "DEPOT_DIR=DIR" in said
    assert not list((tree / "depot").iterdir())


_READ_ONLY_TREE = """
mount --bind repos repos; mount -o remount,bind,ro repos
{ $genode depot extract al/pkg/street && echo 0 || echo $?; } > said 2>&1
mount -o remount,bind,rw repos
printf 'list:\n\techo cake > $@\n' > repos/os/recipes/raw/goods/content.mk
mount -o remount,bind,ro repos
{ $genode depot extract al/raw/goods --update-versions && echo 0 || echo $?; } > updated 2>&1
"""


def test_a_tree_that_is_read_only(tree: Path) -> None:
    before = (recipe_dir(tree, "raw/goods") / "hash").read_text()
    in_namespace(tree, _READ_ONLY_TREE)
    assert (tree / "said").read_text().endswith("\n0\n")
    updated = (tree / "updated").read_text()
    assert updated.endswith("\n2\n") and updated.count("error: ") == 1, updated
    assert "recipes/raw/goods/hash" in updated and "Read-only file system" in updated
    assert (recipe_dir(tree, "raw/goods") / "hash").read_text() == before


# --- servers ------------------------------------------------------------------------------------


@without_gpg
@pytest.mark.parametrize("manifest", [True, False])
def test_a_truncated_archive_is_not_installed(shop: Shop, manifest: bool) -> None:
    shop.publish()
    if not manifest:
        shop.without_manifest()
    file = shop.public / f"al/{ARCHIVES[2]}.tar.xz"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    code, _, said = shop.download()
    assert code == 1 and f"{ARCHIVES[2]}.tar.xz".replace("/", "_") in said.replace("/", "_")
    assert not shop.has(ARCHIVES[2])
    file.write_bytes(whole)
    assert shop.download()[0] == 0


@without_gpg
def test_an_old_index_is_refused(shop: Shop) -> None:
    index = shop.tree / "depot/al/index/26.04"
    index.parent.mkdir()
    kept: dict[str, bytes] = {}
    for arch in ("riscv", "x86_64"):
        index.write_text(f'<index><supports arch="{arch}"/><pkg path="{SHOP}"/></index>')
        assert shop.publish("al/index/26.04")[0] == 0
        for end in ("", ".sig"):
            name = f"al/index/26.04.xz{end}"
            kept.setdefault(name, (shop.public / name).read_bytes())
    for name, data in kept.items():
        (shop.public / name).write_bytes(data)
    code, _, said = shop.download("al/index/26.04")
    assert code == 1 and "hashes to" in said
    assert not (shop.other / "al/index/26.04").exists()


@without_gpg
def test_a_server_that_stalls_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.publish()

    def impatient(*words: Any, **choices: Any) -> Policy:
        return replace(fetch_policy(*words, **choices), stall_timeout=0.3, retries=1)

    monkeypatch.setattr("genode_tool.ports.preparation.tools.fetch_policy", impatient)
    path = f"/al/{ARCHIVES[2]}.tar.xz"
    data = (shop.public / path.lstrip("/")).read_bytes()
    shop.web.routes[path] = [webserver.stall(data, 100, 5.0)] * 20
    code, _, said = shop.download()
    assert code == 1
    assert shop.has(ARCHIVES[1]) and not shop.has(ARCHIVES[2]), said


@without_gpg
@pytest.mark.parametrize(
    "words", [("publish", SHOP), ("download", SHOP, "--depot-dir", "other"), ("mirror", SHOP)]
)
def test_two_calls_at_once_both_succeed(shop: Shop, words: tuple[str, ...]) -> None:
    if words[0] != "publish":
        shop.publish()
    more = ("--public-dir", "mirrored") if words[0] == "mirror" else ()
    calls = [
        subprocess.Popen(
            [sys.executable, "-m", "genode_tool", "depot", *words, *more],
            cwd=shop.tree,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    shown = [one.communicate()[0] for one in calls]
    assert [one.returncode for one in calls] == [0, 0], shown
    assert sorted("4 up to date" in text for text in shown) == [False, True], shown

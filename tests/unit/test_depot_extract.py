"""`genode depot extract` on a small tree."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.depot_fixture import (
    Genode,
    genode,
    recipe_dir,
    tree,
    version_and_hash,
    write_files,
)

__all__ = ["genode", "tree"]

STREET = "al/pkg/street"


def snapshot(top: Path) -> dict[str, tuple[bytes, int]]:
    """Return all archives below `top` with times, which tell whether something was replaced."""
    return {
        str(path.relative_to(top)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(top.rglob("*"))
        if path.is_file() and "var" not in path.relative_to(top).parts
    }


def test_all_that_a_package_needs_is_made(tree: Path, genode: Genode) -> None:
    code, out, _ = genode("depot", "extract", STREET)
    assert code == 0
    assert out.splitlines()[:5] == [
        "created al/api/timer/2026-01-01",
        "created al/raw/goods/2026-01-01",
        "created al/src/shop/2026-01-01",
        "created al/pkg/shop/2026-01-01",
        "created al/pkg/street/2026-01-01",
    ]
    depot = tree / "depot/al"
    names = sorted(
        str(path.relative_to(depot))
        for path in depot.rglob("*")
        if path.is_file() and path.suffix not in (".hash", ".record")
    )
    v = "2026-01-01"
    assert names == [
        f"api/timer/{v}/LICENSE",
        f"api/timer/{v}/include/timer/timer.h",
        f"api/timer/{v}/lib/mk/timer.mk",
        f"pkg/shop/{v}/README",
        f"pkg/shop/{v}/archives",
        f"pkg/shop/{v}/runtime",
        f"pkg/street/{v}/README",
        f"pkg/street/{v}/archives",
        f"raw/goods/{v}/list",
        f"src/shop/{v}/LICENSE",
        f"src/shop/{v}/src/shop/main.cc",
        f"src/shop/{v}/src/shop/target.mk",
        f"src/shop/{v}/used_apis",
    ]
    assert (depot / f"src/shop/{v}/used_apis").read_text() == f"timer/{v}\n"
    archives = (depot / f"pkg/shop/{v}/archives").read_text()
    assert archives == f"al/src/shop/{v}\nal/raw/goods/{v}\nbob/src/till/2020-01-01\n"


def test_the_hash_covers_names_and_contents_in_order(tree: Path, genode: Genode) -> None:
    assert genode("-q", "depot", "extract", "al/raw/goods")[0] == 0
    expected = hashlib.sha1(b"./list\nbread\n").hexdigest()
    assert (tree / "depot/al/raw/goods/2026-01-01.hash").read_text() == f"{expected}\n"


def test_the_hash_of_a_package_is_the_same_for_all_users(tree: Path, genode: Genode) -> None:
    assert genode("-q", "depot", "extract", "al/pkg/shop", "bo/pkg/shop")[0] == 0
    hashes = {
        (tree / f"depot/{user}/pkg/shop/2026-01-01.hash").read_text() for user in ("al", "bo")
    }
    assert len(hashes) == 1


def test_nothing_to_do(tree: Path, genode: Genode) -> None:
    genode("depot", "extract", STREET)
    before = snapshot(tree / "depot")
    code, out, _ = genode("depot", "extract", STREET)
    assert (code, out.split(" (")[0]) == (0, "genode: 5 archives: 5 up to date")
    assert snapshot(tree / "depot") == before


def test_a_changed_source_is_an_error_and_nothing_is_lost(tree: Path, genode: Genode) -> None:
    # The original says nothing without FORCE, and with it removes the released version.
    genode("depot", "extract", STREET)
    before = snapshot(tree / "depot")
    (tree / "repos/os/include/timer/timer.h").write_text("struct Timer { int x; };\n")
    for more in ([], ["--force"]):
        code, out, _ = genode("depot", "extract", STREET, *more)
        assert code == 2
        assert "the content of api/timer changed: it is no longer version 2026-01-01" in out
        assert "echo " in out
        assert snapshot(tree / "depot") == before
    assert version_and_hash(tree, "api/timer")[0] == "2026-01-01"


def test_what_needs_a_failed_archive_is_not_tried(tree: Path, genode: Genode) -> None:
    (tree / "repos/os/include/timer/timer.h").write_text("changed\n")
    code, out, _ = genode("depot", "extract", STREET)
    assert code == 2
    assert "1 created, 1 failed, 3 not tried" in out
    assert (tree / "depot/al/raw/goods/2026-01-01").is_dir()
    assert not (tree / "depot/al/pkg").exists()
    assert not (tree / "depot/al/src").exists()


def test_new_versions_follow_each_other(tree: Path, genode: Genode) -> None:
    genode("depot", "extract", STREET)
    header = tree / "repos/os/include/timer/timer.h"
    update = ("--update-versions", "--version-cmd", "echo 2026-01-01")
    for number, letter in enumerate("abc"):
        header.write_text(f"changed {number}\n")
        code, out, _ = genode("depot", "extract", STREET, *update)
        assert code == 0
        version = f"2026-01-01-{letter}"
        # What names the interface changed with it, up to the package of the package.
        for recipe in ("api/timer", "src/shop", "pkg/shop", "pkg/street"):
            assert f"created al/{recipe}/{version} (new version)" in out
            assert version_and_hash(tree, recipe)[0] == version
        assert version_and_hash(tree, "raw/goods")[0] == "2026-01-01"
    versions = sorted(path.name for path in (tree / "depot/al/api/timer").glob("*[0-9a-c]"))
    assert versions == [f"2026-01-01{end}" for end in ("", "-a", "-b", "-c")]


def test_a_version_that_stands_for_something_else_is_skipped(tree: Path, genode: Genode) -> None:
    # As after a change of branches; the original replaces it.
    other = tree / "depot/al/api/timer/2026-02-02"
    write_files(other, {"x": "of another branch\n"})
    (tree / "repos/os/include/timer/timer.h").write_text("changed\n")
    words = ("--update-versions", "--version-cmd", "echo 2026-02-02")
    assert genode("depot", "extract", "al/api/timer", *words)[0] == 0
    assert version_and_hash(tree, "api/timer")[0] == "2026-02-02-a"
    assert (other / "x").read_text() == "of another branch\n"


def test_a_change_back_needs_no_version(tree: Path, genode: Genode) -> None:
    genode("depot", "extract", STREET)
    before = snapshot(tree / "depot")
    header = tree / "repos/os/include/timer/timer.h"
    text = header.read_text()
    header.write_text("changed\n")
    assert genode("depot", "extract", STREET)[0] == 2
    header.write_text(text)
    assert genode("depot", "extract", STREET)[0] == 0
    assert snapshot(tree / "depot") == before


def test_a_damaged_version_is_restored_on_request(tree: Path, genode: Genode) -> None:
    genode("depot", "extract", STREET)
    damaged = tree / "depot/al/raw/goods/2026-01-01/list"
    damaged.write_text("cake\n")
    assert genode("depot", "verify", "raw/*")[0] == 1
    code, out, _ = genode("depot", "extract", STREET, "--force")
    assert code == 0
    assert "restored al/raw/goods/2026-01-01" in out
    assert "1 restored, 4 up to date" in out
    assert damaged.read_text() == "bread\n"
    assert genode("depot", "verify", "raw/*")[0] == 0


def test_another_content_under_the_same_version_is_an_error(tree: Path, genode: Genode) -> None:
    genode("depot", "extract", "al/raw/goods")
    recorded = tree / "depot/al/raw/goods/2026-01-01.hash"
    recorded.write_text("0123\n")
    code, out, _ = genode("depot", "extract", "al/raw/goods")
    assert code == 2
    assert "the depot has al/raw/goods/2026-01-01 with another content than the recipe's" in out
    assert genode("depot", "extract", "al/raw/goods", "--force")[0] == 0


def test_variables_of_the_original(tree: Path, genode: Genode) -> None:
    (tree / "repos/os/recipes/raw/goods/content.mk").write_text("list:\n\techo cake > $@\n")
    words = ("UPDATE_VERSIONS=1", "VERSION_CMD=echo 2026-03-03", "VERBOSE=", "DEPOT_DIR=other")
    assert genode("depot", "extract", "al/raw/goods", *words)[0] == 0
    assert (tree / "other/al/raw/goods/2026-03-03/list").read_text() == "cake\n"
    code, _, err = genode("depot", "extract", "al/raw/goods", "UPDATE=1")
    assert (code, "unknown variable `UPDATE`" in err) == (2, True)


def test_a_stray_force_in_the_environment_has_no_effect(
    tree: Path, genode: Genode, monkeypatch: pytest.MonkeyPatch
) -> None:
    genode("depot", "extract", STREET)
    monkeypatch.setenv("FORCE", "1")
    monkeypatch.setenv("UPDATE_VERSIONS", "1")
    (tree / "repos/os/src/shop/main.cc").write_text("changed\n")
    assert genode("depot", "extract", STREET)[0] == 2
    assert version_and_hash(tree, "src/shop")[0] == "2026-01-01"


def test_json(tree: Path, genode: Genode) -> None:
    code, out, _ = genode("depot", "extract", "al/raw/goods", "--json")
    assert code == 0
    assert json.loads(out) == [{"archive": "al/raw/goods/2026-01-01", "outcome": "created"}]


def test_an_archive_in_another_version_has_to_be_there(tree: Path, genode: Genode) -> None:
    code, _, err = genode("depot", "extract", "al/src/shop/2020-01-01")
    assert code == 2
    assert "al/src/shop/2020-01-01 is neither in the depot nor the version of a recipe" in err
    (tree / "depot/al/src/shop/2020-01-01").mkdir(parents=True)
    assert genode("depot", "extract", "al/src/shop/2020-01-01")[0] == 0
    assert genode("depot", "extract", "al/src/shop/2026-01-01")[0] == 0
    assert (tree / "depot/al/src/shop/2026-01-01").is_dir()


def test_an_interface_of_a_repository_elsewhere(tree: Path, genode: Genode) -> None:
    # The original looks below `repos` alone, whatever REPOSITORIES says.
    shutil.move(tree / "repos/os", tree / "elsewhere")
    code, _, err = genode("depot", "extract", "al/src/shop", "REPOSITORIES=elsewhere")
    assert (code, err) == (0, "")
    used = tree / "depot/al/src/shop/2026-01-01/used_apis"
    assert used.read_text() == "timer/2026-01-01\n"


# --- wrong recipes ----------------------------------------------------------------------------


def test_a_missing_recipe(tree: Path, genode: Genode) -> None:
    code, _, err = genode("depot", "extract", "al/src/shpo")
    assert (code, "no recipe for src/shpo" in err, "`shop`" in err) == (2, True, True)
    (recipe_dir(tree, "pkg/shop") / "archives").write_text("_/src/till\n")
    _, _, err = genode("depot", "extract", STREET)
    assert "no recipe for src/till, needed by package pkg/shop" in err


def test_an_ambiguous_recipe(tree: Path, genode: Genode) -> None:
    other = tree / "repos/world/recipes/src/shop"
    shutil.copytree(recipe_dir(tree, "src/shop"), other)
    code, _, err = genode("depot", "extract", STREET)
    assert code == 2
    assert f"the recipe src/shop is ambiguous: {recipe_dir(tree, 'src/shop')} and {other}" in err


def test_a_package_that_contains_itself(tree: Path, genode: Genode) -> None:
    (recipe_dir(tree, "pkg/shop") / "archives").write_text("_/pkg/street\n")
    code, _, err = genode("depot", "extract", STREET)
    assert code == 2
    assert "the package al/pkg/street contains itself" in err
    assert "al/pkg/shop lists al/pkg/street" in err


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("pkg/shop/README", None, "the package pkg/shop has no README"),
        ("pkg/shop/hash", "", "the recipe pkg/shop has no version"),
        ("pkg/shop/hash", "../x 1\n", "`../x` is not a version"),
        ("pkg/shop/runtime", "<runtime\n", "runtime:"),
        ("pkg/shop/dir/file", "", "the package pkg/shop has the directory `dir`"),
        ("src/shop/content.mk", None, "the recipe src/shop has no content.mk"),
        ("src/shop/content.mk", "X := $(error broken)\n", "broken"),
        ("src/shop/content.mk", "# nothing\n", "the recipe src/shop has no rule"),
        ("src/shop/content.mk", "content: x\n", "no rule makes `x`, needed by `content`"),
        ("src/shop/content.mk", "x:\n\tcp /no/file $@\n", "cannot stat '/no/file'"),
        ("src/shop/content.mk", "x:\n\tsh -c 'exit 7'\n", "Error 7"),
        ("src/shop/content.mk", "x:\n\ttouch ../x\n", "writes outside of its archive"),
        ("src/shop/content.mk", "x:\n\tln -s / y; touch y/x\n", "writes outside of its archive"),
    ],
)
def test_a_wrong_recipe(
    tree: Path, genode: Genode, file: str, text: str | None, message: str
) -> None:
    path = tree / "repos/os/recipes" / file
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    code, out, err = genode("depot", "extract", STREET)
    assert code in (1, 2)
    assert (out + err).count("error: ") == 1
    assert message in out + err
    assert not (tree / "depot/al/pkg/street").exists()
    assert list((tree / "depot").rglob("*.part")) == []


@pytest.mark.parametrize("name", ["runtime", "pkg_runtime"])
def test_a_schema_of_the_tree_is_applied_to_runtimes(name: str, tree: Path, genode: Genode) -> None:
    write_files(
        tree / "repos/os",
        {
            f"src/app/depot_deploy/{name}.hsd": (
                "schema runtime\n+ type size | : [0-9]+M\n+ attr ram | type: size\n-\n"
            ),
            "recipes/pkg/shop/runtime": "runtime | ram: lots\n-\n",
        },
    )
    code, out, _ = genode("depot", "extract", "al/pkg/shop")
    assert code == 2
    assert "recipes/pkg/shop/runtime:1" in out
    assert "`ram` is `lots`" in out


def test_missing_ports_are_reported_at_once(tree: Path, genode: Genode) -> None:
    for recipe, port in (("api/timer", "clock"), ("src/shop", "till")):
        path = recipe_dir(tree, recipe) / "content.mk"
        place = f"$(GENODE_DIR)/repos/os/ports/{port}"
        line = f"PORT_DIR := $(call port_dir,{place})\nFILES := $(shell find $(PORT_DIR))\n"
        path.write_text(line + path.read_text())
        write_files(tree, {f"repos/os/ports/{port}.hash": "0123456789\n"})
        write_files(tree, {f"repos/os/ports/{port}.port": "LICENSE := MIT\nVERSION := 1\n"})
    code, _, err = genode("depot", "extract", STREET)
    assert (code, "missing ports: clock till" in err) == (2, True)
    assert not (tree / "depot/al").exists() or not list((tree / "depot/al").rglob("*2026*"))
    assert genode("depot", "missing-ports", STREET)[1] == "clock till\n"
    (tree / "contrib/clock-0123456789").mkdir(parents=True)
    assert genode("depot", "missing-ports", STREET)[1] == "till\n"


@pytest.mark.parametrize("command", ["extract", "create"])
def test_ports_that_only_rules_name_are_reported_with_the_others(
    tree: Path, genode: Genode, command: str
) -> None:
    place = "$(GENODE_DIR)/repos/os/ports"
    texts = {
        "api/timer": f"P := $(call port_dir,{place}/clock)\nx:\n\tcp $P/x $@\n",
        "src/shop": f"P = $(call port_dir,{place}/till)\nx: y\ny:\n\tmkdir y; cp $P/x y/\n",
        "raw/goods": f"x:\n\tcp -r $(call port_dir,{place}/bread)/x $@\n",
    }
    for recipe, text in texts.items():
        (recipe_dir(tree, recipe) / "content.mk").write_text(text)
    for port in ("bread", "clock", "till"):
        write_files(tree, {f"repos/os/ports/{port}.hash": "0123456789\n"})
    code, out, err = genode("depot", command, STREET)
    assert code == 2 and (out + err).count("error: ") == 1
    assert "missing ports: bread clock till" in err
    assert "run `genode prepare bread clock till`" in err
    assert not list((tree / "depot").rglob("2026*"))
    assert genode("depot", "missing-ports", STREET)[1] == "bread clock till\n"


def test_looking_for_ports_carries_out_no_rule(tree: Path, genode: Genode) -> None:
    text = (
        "P = $(call port_dir,$(REP_DIR)/ports/p)\n"
        "x: made\n\tcat made > $@; cat $P/it >> $@\n"
        "made:\n\ttest ! -e $@; echo 1 > $@\n"
    )
    write_files(tree, {"repos/os/ports/p.hash": "01\n", "contrib/p-01/it": "2\n"})
    (recipe_dir(tree, "raw/goods") / "content.mk").write_text(text)
    words = ("depot", "extract", "al/raw/goods", "--update-versions", "--version-cmd")
    code, out, err = genode(*words, "echo 2026-02-02")
    assert code == 0, out + err
    assert (tree / "depot/al/raw/goods/2026-02-02/x").read_text() == "1\n2\n"


def test_a_port_of_a_wrong_repository(tree: Path, genode: Genode) -> None:
    path = recipe_dir(tree, "src/shop") / "content.mk"
    path.write_text("P := $(call port_dir,$(GENODE_DIR)/repos/x/ports/y)\n" + path.read_text())
    code, out, _ = genode("depot", "extract", STREET)
    assert (code, "needs a port without hash file: wanted " in out) == (2, True)


# --- several calls, and calls that end early --------------------------------------------------


def test_two_calls_at_once_both_succeed(tree: Path) -> None:
    # One of the original's fails.
    calls = [
        subprocess.Popen(
            [sys.executable, "-m", "genode_tool", "depot", "extract", STREET],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    shown = [one.communicate()[0] for one in calls]
    assert [one.returncode for one in calls] == [0, 0]
    assert sorted("5 created" in text for text in shown) == [False, True]


def test_what_a_killed_call_left_is_no_archive(tree: Path, genode: Genode) -> None:
    left = tree / "depot/al/raw/goods/.goods.1.0.part"
    write_files(left, {"list": "half"})
    write_files(tree / "depot/al/raw/goods/incomplete", {"list": "of the original"})
    assert "al/raw/goods" not in genode("depot", "verify")[1].replace(f"{tree}/depot/al", "")
    assert genode("depot", "extract", "al/raw/goods")[0] == 0
    assert not left.exists()
    assert (tree / "depot/al/raw/goods/incomplete/list").exists()
    code, out, _ = genode("depot", "verify")
    assert (code, "goods/incomplete: unfinished" in out) == (0, True)


def test_a_hash_that_the_original_did_not_come_to_write(tree: Path, genode: Genode) -> None:
    assert genode("depot", "extract", STREET)[0] == 0
    hashes = sorted((tree / "depot").rglob("*.hash"))
    before = [path.read_text() for path in hashes]
    for path in hashes:
        path.unlink()
        path.with_suffix(".record").unlink()
    goods = next((tree / "depot/al/raw/goods").glob("*/list"))
    whole = goods.read_text()
    goods.write_text("half")
    code, out, err = genode("depot", "extract", STREET)
    assert (code, "without hash" in out + err) == (2, True)
    assert goods.read_text() == "half"
    goods.write_text(whole)
    assert genode("depot", "extract", STREET)[0] == 0
    assert [path.read_text() for path in hashes] == before


def test_what_killed_calls_were_writing_is_removed(tree: Path, genode: Genode) -> None:
    nobody = 2**22 + 1  # no process of Linux has such a number, and none gets it meanwhile
    family = tree / "depot/al/raw/goods"
    family.mkdir(parents=True, mode=0o755)
    family.chmod(0o755)
    records = tree / "depot/var/genode/extracted/al/raw"
    left = [
        family / f".2026-01-01.hash.{nobody}.0.part",
        records / f".goods.{nobody}.0.part",
    ]
    ours = records / f".goods.{os.getpid()}.99.part"
    for path in (*left, ours):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    # A record is kept only of files that are older than the call by more than the clock's steps.
    time.sleep(0.2)
    assert genode("depot", "extract", "al/raw/goods")[0] == 0
    assert [path for path in left if path.exists()] == []
    assert ours.exists(), "its process still runs"
    assert family.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_depot_that_cannot_be_written(tree: Path, genode: Genode) -> None:
    (tree / "depot").mkdir(mode=0o555)
    code, _, err = genode("depot", "extract", STREET)
    assert (code, "cannot write" in err, "DEPOT_DIR=DIR" in err) == (2, True, True)


def test_an_unwritable_recipe_keeps_its_version(tree: Path, genode: Genode) -> None:
    path = recipe_dir(tree, "raw/goods")
    (path / "content.mk").write_text("list:\n\techo cake > $@\n")
    (path / "hash").unlink()
    (path / "hash").mkdir()  # what cannot be replaced by a file, whoever tries
    (path / "hash/x").touch()
    code, out, err = genode("depot", "extract", "al/raw/goods", "--update-versions")
    assert code == 2
    assert "cannot" in out + err

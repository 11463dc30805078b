"""Faults of the original's depot tools, and that ours has none of them.

The numbers are those of the table in docs/reference/depot.md. Where other tests show the same,
these are the shortest ones.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from genode_tool.depot.archive.content import content_hash
from genode_tool.depot.archive.version import next_version
from tests.unit.depot_build_tree import DepotTree, V, depot_tree, genode_there
from tests.unit.depot_fixture import Genode, genode, recipe_dir, tree, version_and_hash
from tests.unit.test_depot_extract import STREET, snapshot

__all__ = ["depot_tree", "genode", "genode_there", "tree"]

SHOP = "repos/os/src/shop/main.cc"
BOTH = ("depot", "create", "me/pkg/x86_64/both")
ONE = f"me/bin/x86_64/one/{V}"


def test_1_contents_of_one_hash_are_told_apart(tree: Path, genode: Genode) -> None:
    assert genode("depot", "extract", "al/raw/goods")[0] == 0
    goods = tree / "depot/al/raw/goods/2026-01-01"
    before = content_hash(str(goods))
    changes: list[Callable[[], object]] = [
        lambda: (goods / "list").chmod(0o755),
        lambda: (goods / "link").symlink_to("list"),
        lambda: (goods / "empty").mkdir(),
    ]
    for change in changes:
        change()
        assert content_hash(str(goods)).hash == before.hash
        code, out, err = genode("depot", "verify", "raw/goods")
        assert code == 1, out + err
        genode("depot", "extract", "al/raw/goods", "--force")
        assert genode("depot", "verify", "raw/goods")[0] == 0


def test_2_no_version_is_removed_by_force_or_by_a_new_one(tree: Path, genode: Genode) -> None:
    genode("depot", "extract", STREET)
    before = snapshot(tree / "depot")
    (tree / SHOP).write_text("changed\n")
    assert genode("depot", "extract", STREET, "FORCE=1")[0] == 2
    assert snapshot(tree / "depot") == before
    assert genode("depot", "extract", STREET, "FORCE=1", "UPDATE_VERSIONS=1")[0] == 0
    after = snapshot(tree / "depot")
    assert {name: after[name] for name in before} == before and len(after) > len(before)


def test_5_a_binary_knows_how_it_was_built(depot_tree: DepotTree, genode_there: Genode) -> None:
    assert genode_there(*BOTH)[0] == 0
    depot_tree.append("repos/base/mk/global.mk", "CC_OPT += -DX\n")
    assert "2 created" in genode_there(*BOTH)[1]


def test_6_a_changed_source_is_not_passed_over(tree: Path, genode: Genode) -> None:
    genode("depot", "extract", STREET)
    (tree / SHOP).write_text("changed\n")
    code, out, _ = genode("depot", "extract", STREET)
    assert (code, "the content of src/shop changed" in out) == (2, True)


def test_7_binaries_do_not_depend_on_the_depots_directory(
    depot_tree: DepotTree, genode_there: Genode
) -> None:
    found = []
    for name in ("first", "a/longer/path"):
        depot = depot_tree.path / name
        assert genode_there(*BOTH, "--depot-dir", str(depot))[0] == 0
        found.append(
            {
                path.name: path.read_bytes()
                for path in (depot / "me/bin").rglob("*/*")
                if path.is_file() and path.suffix != ".record"
            }
        )
    assert found[0] == found[1] and len(found[0]) > 2


def test_10_versions_depend_on_neither_host_nor_text_order(
    tree: Path, genode: Genode, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next_version("9", "10", lambda _: True) == "10"
    assert next_version("1.9.2", "1.10.0", lambda _: True) == "1.10.0"
    # 2027-01-15, 23:59:59 UTC
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800057599")
    for number, zone in enumerate(("Pacific/Kiritimati", "Pacific/Niue")):
        monkeypatch.setenv("TZ", zone)
        (tree / SHOP).write_text(f"changed {number}\n")
        assert genode("depot", "bump", "al/src/shop")[0] == 0
        expected = "2027-01-15" + ("", "-a")[number]
        assert version_and_hash(tree, "src/shop")[0] == expected
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    (tree / SHOP).write_text("changed again\n")
    code, _, err = genode("depot", "bump", "al/src/shop")
    assert (code, "SOURCE_DATE_EPOCH=soon is no number" in err) == (2, True)


def test_11_extracting_writes_nothing_into_the_tree(
    tree: Path, genode: Genode, tmp_path: Path
) -> None:
    before = snapshot(tree)
    directories = {path: path.stat().st_mtime_ns for path in tree.rglob("*") if path.is_dir()}
    for more in ((), ("--force",)):
        code, out, err = genode("depot", "extract", STREET, *more, f"DEPOT_DIR={tmp_path / 'd'}")
        assert code == 0, out + err
    assert snapshot(tree) == before
    assert {path: path.stat().st_mtime_ns for path in directories} == directories


def test_12_no_make_has_a_part_in_it(
    depot_tree: DepotTree, genode_there: Genode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("make", "gmake"):
        program = tmp_path / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {tmp_path}/called\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"), prepend=":")
    assert genode_there(*BOTH)[0] == 0
    assert not (tmp_path / "called").exists()


def test_14_a_binary_depends_on_no_kernel_or_board(
    depot_tree: DepotTree, genode_there: Genode
) -> None:
    conf = depot_tree.build / "etc/build.conf"
    text = conf.read_text()
    depot_tree.append("repos/base/src/app/two/target.mk", "CC_OPT += '-D$(KERNEL)$(BOARD)'\n")
    compiler = depot_tree.path.parent / "compiler"
    compiler.write_text(compiler.read_text().replace("#!/bin/sh", '#!/bin/sh\necho "$*" >> $0.log'))
    depot_tree.bump()
    for kernel in ("hw", "linux"):
        conf.write_text(f"{text}\noverride KERNEL := {kernel}\noverride BOARD := {kernel}\n")
        code, out, err = genode_there(*BOTH)
        assert code == 0, out + err
        assert f"2 {'created' if kernel == 'hw' else 'up to date'}" in out.splitlines()[-1]
    assert " -D -I" in compiler.with_name("compiler.log").read_text()
    code, _, err = genode_there(*BOTH, "KERNEL=hw")
    assert (code, "unknown variable `KERNEL`" in err) == (2, True)


def test_15_sources_keep_their_times(tree: Path, genode: Genode) -> None:
    source = recipe_dir(tree, "raw/goods") / "content.mk"
    source.write_text("list:\n\tcp $(REP_DIR)/src/shop/main.cc $@\n")
    version = "2026-05-05"
    words = ("--update-versions", "--version-cmd", f"echo {version}")
    assert genode("depot", "extract", "al/raw/goods", "al/src/shop", *words)[0] == 0
    wanted = (tree / SHOP).stat().st_mtime_ns
    for name in (f"raw/goods/{version}/list", "src/shop/2026-01-01/src/shop/main.cc"):
        assert (tree / "depot/al" / name).stat().st_mtime_ns == wanted
    shutil.rmtree(tree / "depot")

"""The binaries of a call as one graph: what is shared, what fails, what is built again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.depot_build_tree import DepotTree, V, depot_tree, genode_there
from tests.unit.depot_fixture import Genode
from tests.unit.test_build_misleading_times import MAIN, UTIL
from tests.unit.test_recall import replaced

__all__ = ["depot_tree", "genode_there"]

BOTH = ("depot", "create", "me/pkg/x86_64/both")
ONE, TWO = f"me/bin/x86_64/one/{V}", f"me/bin/x86_64/two/{V}"


def program(tree: DepotTree, binary: str) -> list[str]:
    name = binary.split("/")[3]
    return (tree.depot / binary / name).read_text().splitlines()


def leftovers(tree: DepotTree) -> list[Path]:
    found = [
        path for path in tree.depot.rglob("*") if path.name.endswith((".build", ".part", ".old"))
    ]
    state = tree.depot / "var/genode"
    return found + [path for path in state.iterdir() if "ninja" in path.name]


def test_all_binaries_are_one_graph_in_which_stubs_are_made_once(
    depot_tree: DepotTree, genode_there: Genode
) -> None:
    code, out, err = genode_there(*BOTH, "-j2")
    assert code == 0, out + err
    lines = [line.split() for line in out.splitlines()]
    assert sum(words[:1] == ["CONVERT"] for words in lines) == 1
    assert ["COMPILE", "main.o", "two:", "app/two/two"] in lines, out
    assert program(depot_tree, ONE) == [
        *("main 1", "own 1", "more 1", "own 1", "util 1"),
        *("one T", "two T"),  # these programs contain what they link
    ]
    assert program(depot_tree, TWO) == ["two 1", "one T", "two T"]
    assert leftovers(depot_tree) == []
    programs = sorted((depot_tree.depot / "me/bin").rglob(f"{V}/[ot]??"))
    together = {
        path: path.read_bytes() for path in (depot_tree.depot / "me/bin").rglob(f"{V}/[ot]??")
    }
    assert len(together) == 2
    for binary in (TWO, ONE):  # alone, and in the other order
        assert genode_there("depot", "build", binary, "--rebuild")[0] == 0
    assert {path: path.read_bytes() for path in programs} == together


def test_what_fails_leaves_the_others_alone(depot_tree: DepotTree, genode_there: Genode) -> None:
    depot_tree.write(MAIN, "broken\n")
    depot_tree.bump()
    code, out, err = genode_there(*BOTH)
    version = depot_tree.hash_file("src/one").read_text().split()[0]
    assert code == 1
    assert f"building me/bin/x86_64/one/{version} failed" in out + err
    assert "2 archives: 1 created, 1 failed" in out.splitlines()[-1]
    assert program(depot_tree, TWO)
    assert not (depot_tree.depot / f"me/bin/x86_64/one/{version}").exists()
    assert leftovers(depot_tree) == []
    genode_there(*BOTH, "--keep")
    assert [path.name for path in leftovers(depot_tree)] == [f"{version}.build"]
    depot_tree.write(MAIN, "main 3\n")
    depot_tree.bump()
    code, out, _ = genode_there(*BOTH)
    assert (code, "1 created, 1 up to date" in out.splitlines()[-1]) == (0, True)


def test_a_stub_that_cannot_be_made_fails_all_that_need_it(
    depot_tree: DepotTree, genode_there: Genode
) -> None:
    depot_tree.append("repos/base/mk/abi.mk", "\t@false\n")
    code, out, err = genode_there(*BOTH)
    assert code == 1 and "2 archives: 2 failed" in out.splitlines()[-1], out + err
    assert not list((depot_tree.depot / "me/bin").rglob(V))
    assert leftovers(depot_tree) == []


def test_a_missing_interface_is_a_problem_of_its_source_alone(
    depot_tree: DepotTree, genode_there: Genode
) -> None:
    depot_tree.append("repos/base/src/app/one/target.mk", "LIBS += absent\n")
    depot_tree.bump()
    code, out, err = genode_there(*BOTH)
    assert code == 1 and "absent" in out + err
    assert "2 archives: 1 created, 1 failed" in out.splitlines()[-1]


def test_changes_of_rules_tools_and_compiler_build_again(
    depot_tree: DepotTree, genode_there: Genode
) -> None:
    def built(*words: str) -> bool:
        code, out, err = genode_there(*BOTH, *words)
        assert code == 0, out + err
        return "2 up to date" not in out.splitlines()[-1]

    tools = depot_tree.build / "etc/tools.conf"
    assert built() and not built()
    depot_tree.append("repos/base/mk/global.mk", "CC_OPT += -DX\n")
    assert built() and not built()
    tools.write_text(f"# a remark\n{tools.read_text()}")
    assert not built()
    tools.write_text(f"{tools.read_text()}CC_OLEVEL := -Os\n")
    assert built() and not built()
    assert built("CROSS_DEV_PREFIX=x-") and not built("CROSS_DEV_PREFIX=x-")
    assert built()
    assert not built("REQUIRED_GCC_VERSION=1"), "it is only compared"
    compiler = depot_tree.path.parent / "compiler"
    os.utime(compiler, (1, 1))
    assert not built(), "what it says of itself is the same"
    compiler.write_text(
        compiler.read_text().replace("#!/bin/sh", "#!/bin/sh\n[ $1 != --version ] || echo 2")
    )
    assert built() and not built()


def test_a_binary_that_the_original_left_half_copied_is_built_again(
    depot_tree: DepotTree, genode_there: Genode
) -> None:
    assert genode_there(*BOTH)[0] == 0
    place = depot_tree.depot / TWO
    program = place / "two"
    whole = program.read_bytes()
    for name in (f"{V}.hash", f"{V}.record"):
        (place.parent / name).unlink()
    program.write_bytes(whole[:10])
    assert genode_there(*BOTH)[0] == 0
    assert program.read_bytes() == whole[:10], "as a download of the original's would stay"
    (place.parent / f"{V}.build/bin").mkdir(parents=True)
    assert genode_there(*BOTH)[0] == 0
    assert program.read_bytes() == whole
    assert leftovers(depot_tree) == []


def test_what_the_original_left_is_no_archive(depot_tree: DepotTree, genode_there: Genode) -> None:
    assert genode_there(*BOTH)[0] == 0
    assert not list(depot_tree.depot.rglob("*.build"))
    (depot_tree.depot / f"{TWO}.build/etc").mkdir(parents=True)
    replaced(depot_tree.path / UTIL)
    depot_tree.bump()
    assert genode_there(*BOTH, "--rebuild")[0] == 0
    assert leftovers(depot_tree) == []


def test_a_build_directory_that_was_being_removed_is_no_kept_one(
    depot_tree: DepotTree, genode_there: Genode, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[Path] = []

    def killed(path: Path) -> None:
        removed.append(path)
        if (path / ".unfinished").exists():
            (path / ".unfinished").unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("genode_tool.depot.store.writer.remove_tree", killed)
        genode_there(*BOTH)
    assert [path for path in removed if path.exists()], "it was interrupted"
    assert genode_there(*BOTH)[0] == 0
    assert leftovers(depot_tree) == []

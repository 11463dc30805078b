"""The commands that read a depot: list, dependencies, verify, diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.depot_fixture import Genode, genode, recipe_dir, tree, write_files

__all__ = ["genode", "tree"]

V = "2026-01-01"


@pytest.fixture
def filled(tree: Path, genode: Genode) -> Path:
    write_files(tree, {"depot/bob/src/till/2020-01-01/LICENSE": ""})
    assert genode("-q", "depot", "extract", "al/pkg/street")[0] == 0
    return tree / "depot"


def test_list_shows_recipes_and_depot(filled: Path, genode: Genode) -> None:
    (filled / "al/raw/goods" / V).rename(filled / "al/raw/goods/2020-02-02")
    (filled / "al/api/door/1").mkdir(parents=True)
    code, out, _ = genode("depot", "list", "--user", "al", "--json")
    found = {one["archive"]: (one["state"], one["in_depot"]) for one in json.loads(out)}
    assert code == 0
    assert found == {
        "al/api/door": ("no recipe", ["1"]),
        "al/api/timer": ("current", [V]),
        "al/pkg/shop": ("current", [V]),
        "al/pkg/street": ("current", [V]),
        "al/raw/goods": ("outdated", ["2020-02-02"]),
        "al/src/shop": ("current", [V]),
        "bob/src/till": ("no recipe", ["2020-01-01"]),
    }
    assert genode("depot", "list", "--outdated", "--user", "al")[1] == "al/raw/goods\n"
    missing = genode("depot", "list", "--missing", "pkg/*", "--user", "carl")[1]
    assert missing == "carl/pkg/shop\ncarl/pkg/street\n"
    assert genode("depot", "list", "nothing")[0] == 2


def test_list_names_ports(tree: Path, genode: Genode) -> None:
    path = recipe_dir(tree, "src/shop") / "content.mk"
    path.write_text("P := $(call port_dir,$(GENODE_DIR)/repos/os/ports/till)\n" + path.read_text())
    write_files(tree, {"repos/os/ports/till.hash": "01\n"})
    out = genode("depot", "list", "--ports", "src/*")[1]
    assert out.splitlines()[1].split() == ["genodelabs/src/shop", V, "-", "missing", "till"]


def test_dependencies_come_type_by_type(filled: Path, genode: Genode) -> None:
    code, out, _ = genode("depot", "dependencies", f"al/pkg/street/{V}")
    assert (code, out.split()) == (
        0,
        [
            *(f"al/pkg/{name}/{V}" for name in ("shop", "street")),
            *(f"al/src/shop/{V}", "bob/src/till/2020-01-01"),
            f"al/raw/goods/{V}",
            f"al/api/timer/{V}",
        ],
    )


def test_missing_dependencies_are_printed_like_by_the_original(
    filled: Path, genode: Genode
) -> None:
    code, out, err = genode("depot", "dependencies", f"al/pkg/x86_64/shop/{V}")
    assert (code, err) == (2, "")
    assert out == (
        "Error: incomplete or missing archives:\n"
        f"       al/bin/x86_64/shop/{V}\n"
        "       bob/bin/x86_64/till/2020-01-01\n"
    )
    code, out, _ = genode("depot", "dependencies", "al/src/shop", f"al/api/x/{V}")
    assert (code, out) == (2, "Error: version not specified:\n       al/src/shop\n")


def test_who_needs_an_archive(filled: Path, genode: Genode) -> None:
    out = genode("depot", "dependencies", "--reverse", "al/api/timer")[1]
    assert out.split() == [
        *(f"al/pkg/shop/{V}", f"al/pkg/street/{V}", f"al/src/shop/{V}", f"al/api/timer/{V}")
    ]


def test_the_tree_of_dependencies(filled: Path, genode: Genode) -> None:
    out = genode("depot", "dependencies", "--tree", f"al/pkg/street/{V}", f"al/pkg/shop/{V}")[1]
    assert out.splitlines() == [
        f"al/pkg/shop/{V}",
        f"  al/src/shop/{V}",
        f"    al/api/timer/{V}",
        f"  al/raw/goods/{V}",
        "  bob/src/till/2020-01-01",
        f"al/pkg/street/{V}",
        f"  al/pkg/shop/{V} …",
    ]
    dot = genode("depot", "dependencies", "--dot", f"al/pkg/street/{V}")[1]
    assert f'\t"al/pkg/street/{V}" -> "al/pkg/shop/{V}";\n' in dot


def test_verify_finds_damage(filled: Path, genode: Genode) -> None:
    assert genode("depot", "verify") == (0, "genode: 6 of 6 archives are all right\n", "")
    program = filled / "al/src/shop" / V / "src/shop/main.cc"
    program.chmod(0o755)
    (filled / "al/raw/goods" / V / "list").write_text("cake\n")
    (filled / "al/api/timer" / f"{V}.hash").write_text("\n")
    (filled / "bob/src/till/2020-01-01/used_apis").write_text("bell/1\n")
    (filled / "al/pkg/shop" / V / "archives").unlink()
    code, out, _ = genode("depot", "verify", "--json")
    found = {one["archive"]: one["problem"] for one in json.loads(out)}
    assert code == 1
    assert set(found) == {
        *(f"al/{name}/{V}" for name in ("src/shop", "raw/goods", "pkg/shop")),
        "bob/src/till/2020-01-01",
    }
    assert "which its hash does not show" in found[f"al/src/shop/{V}"]
    assert "needs bob/api/bell/1" in found["bob/src/till/2020-01-01"]


def test_a_binary_belongs_to_its_source_and_interfaces(filled: Path, genode: Genode) -> None:
    hashes = [
        (filled / f"al/{name}/{V}.hash").read_text().strip() for name in ("src/shop", "api/timer")
    ]
    binary = filled / "al/bin/x86_64/shop"
    (binary / V).mkdir(parents=True)
    (binary / f"{V}.hash").write_text(" ".join(hashes) + "\n")
    assert genode("depot", "verify", "bin/*/shop")[0] == 0
    (binary / f"{V}.hash").write_text(hashes[0] + "\n")
    code, out, _ = genode("depot", "verify", "bin/*/shop")
    assert (code, "was built from other sources or interfaces" in out) == (1, True)


def test_the_difference_of_two_archives(filled: Path, genode: Genode) -> None:
    first, second = f"al/src/shop/{V}", "al/src/shop/2"
    write_files(
        filled / second,
        {
            "LICENSE": "another\n",
            "new": "",
            "src/shop/main.cc": "int main() { return 0; }\n",
            "src/shop/target.mk": "a\0b",
        },
    )
    code, out, _ = genode("depot", "diff", first, second)
    assert code == 1
    assert out.splitlines() == [
        *("changed LICENSE", "@@ -1 +1 @@", "-the licence", "+another"),
        "added new",
        "changed src/shop/target.mk",
        "removed used_apis",
    ]
    assert genode("depot", "diff", first, f"depot/{first}")[:2] == (0, "")
    code, _, err = genode("depot", "diff", first, "al/src/shop/9")
    assert (code, f"there: 2 {V}" in err) == (2, True)

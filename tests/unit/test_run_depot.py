"""Procedures of the run API that take content from a depot."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.events import ScriptOutput
from genode_tool.run.options import RunOptions
from genode_tool.run.verdict import Outcome
from tests.shared.standin import Tree, make_tree

_RECIPE = "repos/base/recipes"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel = made.board = "linux"
    return made


def _printed(tree: Tree) -> list[str]:
    return [event.text for event in tree.events if isinstance(event, ScriptOutput)]


def _recipe(tree: Tree, name: str, version: str) -> None:
    recipe = tree.genode_dir / _RECIPE / name
    recipe.mkdir(parents=True)
    (recipe / "hash").write_text(f"{version} abcdef\n")


def test_what_a_depot_lacks_comes_with_the_commands_to_get_it(tree: Tree) -> None:
    _recipe(tree, "src/init", "2024-01-02")
    text = "create_boot_directory\nimport_from_depot me/src/init you/pkg/x/1\nbuild_boot_image {}\n"
    verdict = tree.run(text)
    assert verdict.outcome is Outcome.NO_IMAGE
    assert ": me/bin/x86_64/init/2024-01-02, you/pkg/x86_64/x/1" in verdict.reason
    assert verdict.hint == (
        "get them with `genode depot create me/bin/x86_64/init` and "
        "`genode depot download you/pkg/x86_64/x/1`, or run with --depot-auto-update"
    )
    assert tree.run(text, skip_unfit=True).outcome is Outcome.SKIPPED
    verdict = tree.run(text, switches=("--depot-dir", "/else where"))
    assert "`genode depot create me/bin/x86_64/init --depot-dir '/else where'`" in verdict.hint


def _raw_recipe(tree: Tree, content: str) -> Path:
    _recipe(tree, "raw/goods", "2024-01-02")
    recipe = tree.genode_dir / _RECIPE / "raw/goods"
    (recipe / "content.mk").write_text(f"list:\n\techo {content} > $@\n")
    return recipe


_IMPORT = "create_boot_directory\nimport_from_depot me/raw/goods\nputs [exec cat %s]\n"
_UPDATE = RunOptions(switches=("--depot-auto-update",))


def test_a_depot_is_brought_up_to_date_when_that_is_wanted(tree: Tree, tmp_path: Path) -> None:
    recipe = _raw_recipe(tree, "bread")
    shown = "[run_dir]/genode/list"
    assert tree.run(_IMPORT % shown).outcome is not Outcome.PASSED
    depot = tree.genode_dir / "depot"
    assert not depot.exists()
    assert tree.run(_IMPORT % shown, switches=_UPDATE.switches).outcome is Outcome.PASSED
    version = (recipe / "hash").read_text().split()[0]
    assert version > "2024-01-02" and (depot / f"me/raw/goods/{version}/list").is_file()
    # Only what changed is made again.
    before = (depot / f"me/raw/goods/{version}").stat().st_mtime_ns
    tree.run(_IMPORT % shown, switches=_UPDATE.switches)
    assert (depot / f"me/raw/goods/{version}").stat().st_mtime_ns == before
    (recipe / "content.mk").write_text("list:\n\techo milk > $@\n")
    tree.run(_IMPORT % shown, switches=(*_UPDATE.switches, "--depot-dir", str(tmp_path / "d")))
    assert _printed(tree) == ["bread", "bread", "milk"]
    changed = (recipe / "hash").read_text().split()[0]
    assert changed > version
    assert (tmp_path / f"d/me/raw/goods/{changed}").is_dir()
    assert not (depot / f"me/raw/goods/{changed}").exists()


def test_a_plan_brings_nothing_up_to_date(tree: Tree) -> None:
    _raw_recipe(tree, "bread")
    tree.script("test.run", "create_boot_directory\nimport_from_depot me/raw/goods\n")
    ((verdict, plan),) = plan_all(tree, ["test"], _UPDATE, tree.events.append)
    assert verdict.outcome is Outcome.PASSED and plan.archives == ["me/raw/goods"]
    assert not (tree.genode_dir / "depot").exists()


def test_archives_that_cannot_be_created_fail_the_build(tree: Tree) -> None:
    recipe = _raw_recipe(tree, "bread")
    (recipe / "content.mk").write_text("list:\n\tfalse\n")
    verdict = tree.run(_IMPORT % "x", switches=_UPDATE.switches)
    assert verdict.outcome is Outcome.BUILD_FAILED
    assert "archives could not be created: me/raw/goods" in verdict.reason
    assert "the rule for `list` failed" in verdict.trail[0]
    (recipe / "content.mk").write_text("list:\n\tcp -r $(call port_dir,$(REP_DIR)/ports/p) $@\n")
    (tree.genode_dir / "repos/base/ports").mkdir(parents=True)
    (tree.genode_dir / "repos/base/ports/p.hash").write_text("abc\n")
    verdict = tree.run(_IMPORT % "x", switches=_UPDATE.switches)
    assert verdict.evidence.missing_ports == ("p",)


def test_a_depot_s_content_in_the_order_of_its_archives(tree: Tree) -> None:
    depot = tree.genode_dir / "depot/me"
    for path, text in (
        ("pkg/p/1/archives", "me/src/init/2\nme/raw/data/3\nother/api/x/1\n"),
        ("src/init/2/used_apis", "os/4\nyou/api/base/5\n"),
        ("bin/x86_64/init/2/init", "I"),
        ("api/os/4/LICENSE", ""),
        ("raw/data/3/config.xml", "<config/>"),
    ):
        (depot / path).parent.mkdir(parents=True)
        (depot / path).write_text(text)
    verdict = tree.run(
        "puts [_collect_from_depot me/pkg/p/1]\n"
        "puts [_depot_contains_archive me api os 4][_depot_contains_archive me api os 5]\n"
        "regexp [_depot_archive_versioned_path_pattern] me/src/init/2 all user type name version\n"
        "puts $user,$type,$name,$version\n"
        "puts [regexp [_depot_archive_path_pattern] me/src/init/2]\n"
        "check_for_missing_depot_archives\n"
    )
    assert _printed(tree) == [
        "me/pkg/p/1 me/src/init/2 me/bin/x86_64/init/2 me/api/os/4 me/raw/data/3",
        "10",
        "me,src,init,2",
        "0",
    ]
    assert "you/api/base/5" in verdict.reason


def test_names_with_versions_of_older_depots(tree: Tree) -> None:
    """A hyphen comes before the version there; a name is completed by the tree's recipe."""
    depot = tree.genode_dir / "depot/me"
    recipes = tree.genode_dir / "repos/base/recipes/pkg"
    for name, version in (("p", "2"), ("q", "7")):
        (recipes / name).mkdir(parents=True)
        (recipes / name / "hash").write_text(f"{version} 0123\n")
    for name in ("p-1", "p-2"):
        (depot / "pkg" / name).mkdir(parents=True)
    names = "p-1 p q r"
    tree.run(
        f"foreach name {{{names}}} {{ puts ([_versioned_depot_archive_name me pkg $name]) }}\n"
    )
    assert _printed(tree) == ["(p-1)", "(p-2)", "()", "()"]


def test_a_package_without_its_list_is_told(tree: Tree) -> None:
    (tree.genode_dir / "depot/me/pkg/p/1").mkdir(parents=True)
    verdict = tree.run("create_boot_directory\nimport_from_depot me/pkg/p/1\n")
    assert verdict.outcome is Outcome.ERROR and "me/pkg/p/1/archives" in verdict.reason

"""Procedures of the run API that few scripts use, and what is said about unknown ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.errors import EnvironmentProblem, UserError
from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.events import ScriptOutput
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.verdict import Outcome, Verdict
from tests.shared.standin import Tree, make_tree

_XSD = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
 <xs:element name="config"><xs:complexType>
  <xs:attribute name="size" type="xs:int"/>
 </xs:complexType></xs:element>
</xs:schema>
"""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel = made.board = "linux"
    return made


def _printed(tree: Tree) -> list[str]:
    return [event.text for event in tree.events if isinstance(event, ScriptOutput)]


def _plan(tree: Tree, text: str) -> tuple[Verdict, ScenarioPlan]:
    tree.script("test.run", text)
    ((verdict, plan),) = plan_all(tree, ["test"], RunOptions(), tree.events.append)
    return verdict, plan


@pytest.mark.parametrize(
    ("word", "near"),
    [("grep_outptu", "grep_output"), ("get_cmd_args", "get_cmd_arg"), ("foreahc", "foreach")],
)
def test_an_unknown_command_comes_with_its_place_and_the_nearest(
    tree: Tree, word: str, near: str
) -> None:
    verdict = tree.run(f"set x 1\n{word} a b\n")
    assert verdict.outcome is Outcome.SCRIPT_ERROR
    assert verdict.reason == f'invalid command name "{word}"'
    assert str(verdict.location).endswith("test.run:2")
    assert verdict.hint.startswith(f"did you mean `{near}`")


def test_an_unknown_command_like_none_has_no_hint(tree: Tree) -> None:
    assert tree.run("qqqqqqqq\n").hint == ""


def test_an_unknown_command_is_not_put_down_to_the_system_s_output(tree: Tree) -> None:
    verdict, plan = _plan(tree, "run_genode_until x 5\ncompare_output_tp {}\n")
    assert verdict.outcome is Outcome.SCRIPT_ERROR and not plan.ended_early


def test_names_of_older_trees(tree: Tree) -> None:
    tree.variables["RUN_OPT"] = "--x one --x two"
    tree.run(
        "puts [get_cmd_arg_first --x none],[get_cmd_arg_first --y none]\n"
        "puts [requires_installation_of sh]\n"
        'puts [error_at_any_line "a\\nError: b"],[error_at_any_line "an Error: b"]\n'
    )
    assert _printed(tree) == ["one,none", "", "1,0"]
    verdict = tree.run("requires_installation_of no-such-program\n")
    assert verdict.outcome is Outcome.UNSUPPORTED and "no-such-program" in verdict.reason


def test_a_path_in_every_repository_that_has_it(tree: Tree) -> None:
    paths = [one / "run/common.inc" for one in tree.repositories]
    for path in paths:
        path.touch()
    (tree.repositories[1] / "run/single.inc").touch()
    tree.run(
        "foreach name {common single none} {\n"
        "    puts [gather_from_repositories run/$name.inc]\n"
        "}\n"
    )
    both = " ".join(map(str, paths))
    assert _printed(tree) == [both, f"{tree.repositories[1]}/run/single.inc", ""]


def test_unmounting_is_planned_and_not_done(tree: Tree) -> None:
    verdict, plan = _plan(tree, "umount_and_rmdir /some/place\n")
    assert verdict.outcome is Outcome.PASSED
    assert plan.commands == [("sudo", "umount", "-l", "/some/place")]


def test_words_for_kernel_and_boot_loader_are_the_script_s(tree: Tree) -> None:
    tree.kernel, tree.board, tree.specs = "nova", "pc", ("x86", "x86_64", "64bit", "nova")
    board = tree.genode_dir / "repos/base/board/pc"
    board.mkdir(parents=True)
    (board / "qemu_args").write_text("-machine q35\n")
    _, plan = _plan(
        tree, "proc kernel_output {} { return logmem }\nrun_genode_until x 5\nputs [boot_output]\n"
    )
    assert "iommu_intel iommu_amd logmem" in plan.command
    assert _printed(tree) == ["serial"]


def test_a_plan_names_what_goals_make_and_how_the_system_starts(tree: Tree) -> None:
    verdict, plan = _plan(
        tree, "build { a b }\nbuild_boot_image [build_artifacts]\nrun_genode_until x 5\n"
    )
    assert verdict.outcome is Outcome.PASSED
    assert plan.modules == ["would-be-a", "would-be-b"] and plan.command == ("./core",)
    assert not plan.unknown_artifacts


def test_a_plan_says_when_it_is_unknown_what_goals_make(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Tree, goals: list[str]) -> tuple[str, ...]:
        raise UserError(f"no {goals[0]}") if "x" in goals else EnvironmentProblem("no disk")

    monkeypatch.setattr(Tree, "artifacts_of", refuse)
    _, plan = _plan(tree, "build x\nbuild_boot_image [build_artifacts]\n")
    assert plan.unknown_artifacts == "no x" and plan.modules == []
    monkeypatch.setattr(Tree, "artifacts_of", lambda *_: ())
    _, plan = _plan(tree, "build { x y }\nbuild_boot_image [build_artifacts]\n")
    assert "`genode make -n x y`" in plan.unknown_artifacts


def test_a_plan_follows_files_within_its_directory_only(tree: Tree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    _plan(
        tree,
        f"exec mkdir -p bin/d\nexec cp {outside} bin/d/copy\nputs [file exists bin/d/copy]\n"
        f"exec rm {outside}\nexec sed -i s/kept/lost/ {outside}\n"
        f"copy_file {outside} bin/other\nputs [file exists bin/other]\nexec touch {outside}2\n",
    )
    assert _printed(tree) == ["1", "1"]
    assert outside.read_text() == "kept" and not Path(f"{outside}2").exists()


@pytest.mark.parametrize(("size", "right"), [("12", True), ("many", False)])
def test_a_configuration_is_held_against_its_schema(tree: Tree, size: str, right: bool) -> None:
    (tree.path / "prog.xsd").write_text(_XSD)
    (tree.path / "prog.config").write_text(f'<config size="{size}"/>')
    verdict = tree.run("check_xml_config prog prog.config prog.xsd {init -> prog} {} 0\n")
    assert _printed(tree)[0] == "  CHECK init -> prog"
    assert (verdict.outcome is Outcome.PASSED) == right
    assert right or "init -> prog" in verdict.reason
    source = tree.genode_dir / "repos/base/src/prog"
    source.mkdir(parents=True)
    (source / "config.xsd").write_text(_XSD)
    (source / "target.mk").write_text("TARGET = prog\n")
    verdict = tree.run("create_boot_directory\ncheck_config_in_run_dir prog prog.config\n")
    assert (verdict.outcome is Outcome.PASSED) == right


@pytest.mark.parametrize("end", ["", "exit 3\n", "nonsense\n", "catch { assert 0 }\n"])
def test_a_script_s_own_power_off_is_called_at_its_end(tree: Tree, end: str) -> None:
    tree.run("proc run_power_off {} { puts [string repeat o 1]ff; return true }\n" + end)
    assert _printed(tree)[-1:] == ["off"]


def test_a_program_of_the_host_is_hung_up_and_told_by_its_signal(tree: Tree) -> None:
    tree.run(
        "set pid [spawn sleep 60]\nclose\nputs [lrange [wait] 3 end]\n"
        "puts [file exists /proc/$pid]\nputs [catch { send x } message],$message\n"
    )
    hung_up, gone, *rest = _printed(tree)
    assert (hung_up, gone) == ("0 CHILDKILLED SIGHUP hangup", "0")
    assert rest[0].startswith("1,spawn id exp") and rest[0].endswith("not open")

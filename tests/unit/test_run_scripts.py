"""Run scripts as such: errors with their place, ends that nothing holds back, planning."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from genode_tool.errors import BuildFailed, EnvironmentProblem, Location, UserError
from genode_tool.run.context.build_side import PortsMissing
from genode_tool.run.engine.scenario_planner import plan_all
from genode_tool.run.engine.scenario_runner import run_all
from genode_tool.run.events import ScriptOutput
from genode_tool.run.options import RunOptions, Switches
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.verdict import Outcome, Verdict
from tests.shared.standin import Tree, make_tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = make_tree(tmp_path)
    made.kernel, made.board = "linux", "linux"
    return made


def _line(verdict: Verdict) -> int:
    assert verdict.location is not None, verdict
    return verdict.location.line


def _printed(tree: Tree) -> list[str]:
    return [event.text for event in tree.events if isinstance(event, ScriptOutput)]


def _plan(tree: Tree, text: str) -> tuple[Verdict, ScenarioPlan]:
    tree.script("test.run", text)
    ((verdict, plan),) = plan_all(tree, ["test"], RunOptions(), tree.events.append)
    return verdict, plan


def test_a_tcl_error_has_the_line_inside_of_nested_bodies(tree: Tree) -> None:
    verdict = tree.run("set a 1\nforeach x {1 2} {\n\n  if {1} {\n    nonsense $x\n  }\n}\n")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.SCRIPT_ERROR, 2)
    assert verdict.reason == 'invalid command name "nonsense"'
    assert _line(verdict) == 5


def test_a_script_leaves_no_variables_in_our_environment(tree: Tree) -> None:
    assert tree.run("puts $env(BOARD)\nexit 0\n").exit_code == 0
    assert _printed(tree) == ["linux"]
    shown = subprocess.run(["printenv", "KERNEL", "BOARD"], capture_output=True, check=False)
    assert shown.stdout == b""


def test_a_tcl_error_in_a_procedure_has_the_file_s_line_and_the_callers(tree: Tree) -> None:
    included = tree.script("common.inc", "\n\nproc helper {} {\n\n  nonsense\n}\n")
    verdict = tree.run(
        "source ${genode_dir}/repos/base/run/common.inc\nproc outer {} {\n  helper\n}\n\nouter\n"
    )
    assert verdict.location == Location(str(included), 5)
    script = str(tree.genode_dir / "repos/base/run/test.run")
    assert verdict.trail == (f"in procedure outer at {script}:3", f"at {script}:6")


def test_wrong_arguments_are_told_as_tcl_does(tree: Tree) -> None:
    verdict = tree.run("have_spec\n")
    assert verdict.reason == 'wrong # args: should be "have_spec spec"'
    assert _line(verdict) == 1


def test_exit_cannot_be_caught(tree: Tree) -> None:
    verdict = tree.run("proc p {} { catch {\n exit 3 } }\np\nputs unreachable\n")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.EXITED, 3)
    assert _line(verdict) == 2
    assert _printed(tree) == []


@pytest.mark.parametrize(("word", "code"), [("", 0), ("0", 0), ("-1", 255), ("-4", 252)])
def test_exit_codes_wrap_as_in_a_shell(tree: Tree, word: str, code: int) -> None:
    assert tree.run(f"exit {word}\n").exit_code == code


def test_errors_of_tcl_and_of_the_tool_that_a_script_may_handle(tree: Tree) -> None:
    verdict = tree.run(
        "puts [catch {nonsense}]\nputs [catch {have_spec} message]\nputs $message\n"
        "puts [catch {exec false}]\nputs -nonewline {a }\nputs b\nputs stderr problem\n"
    )
    assert verdict.outcome is Outcome.PASSED
    assert _printed(tree) == [
        "1", "1", 'wrong # args: should be "have_spec spec"', "1", "a b", "problem",
    ]  # fmt: skip


def test_an_unmet_requirement_ends_the_script_with_its_words(tree: Tree) -> None:
    verdict = tree.run('assert {[have_spec x86_64]}\nassert {[have_spec arm]} "needs an ARM"\n')
    assert (verdict.outcome, verdict.exit_code, verdict.reason) == (
        Outcome.UNSUPPORTED, 1, "needs an ARM",
    )  # fmt: skip
    assert _line(verdict) == 2


def test_assert_sees_the_variables_of_its_caller(tree: Tree) -> None:
    verdict = tree.run("proc p {v} { assert {$v > 3} }\np 4\nputs [catch {assert nonsense}]\np 2\n")
    assert verdict.reason == "requirement not met: $v > 3"
    assert _printed(tree) == ["1"]


def test_a_failed_build_keeps_its_words(tree: Tree) -> None:
    tree.failure = BuildFailed("two steps failed", trail=("main.cc:1: error",), hint="look there")
    verdict = tree.run("build { core test/log }\n")
    assert (verdict.outcome, verdict.exit_code) == (Outcome.BUILD_FAILED, 252)
    assert verdict.reason == "build failed: two steps failed"
    assert (verdict.trail, verdict.hint) == (("main.cc:1: error",), "look there")
    assert tree.built == ["core", "test/log"]


def test_missing_ports_are_evidence_of_the_verdict(tree: Tree) -> None:
    tree.failure = PortsMissing("port `b` is not prepared or outdated", ("b", "a"))
    verdict = tree.run("build { core test/log }\n")
    assert verdict.outcome is Outcome.BUILD_FAILED
    assert verdict.hint == "genode prepare b a"
    assert verdict.evidence.missing_ports == ("b", "a")


def test_artifacts_are_sorted_and_unique(tree: Tree) -> None:
    tree.artifacts = ("init", "core-linux", "init")
    tree.run("build core\nbuild { init }\nputs [build_artifacts]\n")
    assert _printed(tree) == ["core-linux init"]


def test_a_skipped_build_still_knows_its_artifacts(tree: Tree) -> None:
    tree.run("build { core init }\nputs [build_artifacts]\n", skip_build=True)
    assert tree.built == []
    assert _printed(tree) == ["would-be-core would-be-init"]


def test_a_library_that_was_not_built_is_refused(tree: Tree) -> None:
    tree.artifacts = ("init", "ld-linux.lib.so")
    verdict = tree.run("build init\nbuild_boot_image { init ld.lib.so libc.lib.so }\n")
    assert verdict.reason == "the image needs libc.lib.so, which the script does not build"
    assert "lib/libc" in verdict.hint


def test_the_command_line_is_seen_by_the_script(tree: Tree) -> None:
    tree.variables["RUN_OPT"] = "--include log/linux --depot-user me --autopilot"
    tree.run(
        "puts [have_cmd_switch --autopilot][have_cmd_switch --other]\n"
        "puts [get_cmd_arg --depot-user nobody],[get_cmd_arg --other {}]\n"
        "puts [have_include power_on/linux][have_include power_on/qemu]\n"
        "puts [depot_user]\n",
        switches=("--include", "power_on/linux"),
    )
    assert _printed(tree) == ["10", "me,", "10", "me"]


def test_helpers_work_in_the_frame_of_their_caller(tree: Tree) -> None:
    tree.run(
        "proc p {} { append_if 1 text a b; append_if 0 text c; lappend_if 1 words {x y} z\n"
        "  puts $text; puts $words }\np\n"
        "append_qemu_nic_args hostfwd=tcp::5555-:80\nputs [qemu_args]\n"
    )
    assert _printed(tree) == ["ab", "{x y} z", "  -netdev user,id=net0,hostfwd=tcp::5555-:80"]


def test_queries(tree: Tree) -> None:
    (tree.genode_dir / "repos/base/lib").mkdir()
    (tree.genode_dir / "repos/base/lib/x.mk").touch()
    base = tree.genode_dir / "repos/base"
    verdict = tree.run(
        "puts [run_name],[run_dir],[board],[have_board pc],[have_spec x86_64]\n"
        "puts [repository_contains lib/x.mk]\nputs [select_from_repositories lib/x.mk]\n"
        "puts [repository_contains lib/y.mk]\nputs [have_installed sh][have_installed no-such]\n"
        "select_from_repositories lib/y.mk\n"
    )
    assert _printed(tree) == [
        "test,var/run/test,linux,0,1", str(base), str(base / "lib/x.mk"), "", "10",
    ]  # fmt: skip
    assert (verdict.exit_code, _line(verdict)) == (248, 6)
    assert verdict.reason == "lib/y.mk is in none of the repositories"


def test_missing_archives_are_named_before_anything_boots(tree: Tree) -> None:
    recipe = tree.genode_dir / "repos/base/recipes/src/init"
    recipe.mkdir(parents=True)
    (recipe / "hash").write_text("2024-01-02 abcdef\n")
    verdict = tree.run(
        "create_boot_directory\nimport_from_depot me/src/init me/raw/x/1\nbuild_boot_image {}\n"
    )
    assert verdict.outcome is Outcome.NO_IMAGE
    assert ": me/bin/x86_64/init/2024-01-02, me/raw/x/1" in verdict.reason


@pytest.mark.parametrize(
    ("kernel", "board", "name"),
    [
        ("linux", "linux", "base-linux"),
        ("hw", "pc", "base-hw-pc"),
        ("nova", "pc", "base-nova"),
        ("foc", "pc", "base-foc-pc"),
        ("sel4", "pc", "base-sel4-x86"),
    ],
)
def test_the_archive_with_the_kernel(tree: Tree, kernel: str, board: str, name: str) -> None:
    tree.kernel, tree.board = kernel, board
    tree.specs = ("x86", "x86_64", kernel)
    _, plan = _plan(tree, "create_boot_directory\nimport_from_depot me/src/[base_src]\n")
    assert plan.archives == [f"me/src/{name}"]


def test_archives_are_copied_into_the_boot_directory(tree: Tree) -> None:
    depot = tree.genode_dir / "depot/me"
    for path, text in (
        ("pkg/p/1/archives", "me/src/init/2\nme/raw/data/3\nother/api/x/1\n"),
        ("bin/x86_64/init/2/init", "I"),
        ("raw/data/3/config.xml", "<config/>"),
    ):
        (depot / path).parent.mkdir(parents=True)
        (depot / path).write_text(text)
    verdict = tree.run("create_boot_directory\nimport_from_depot me/pkg/p/1\n")
    assert verdict.outcome is Outcome.PASSED, verdict
    boot = tree.path / "var/run/test/genode"
    assert sorted(path.name for path in boot.iterdir()) == ["config.xml", "init"]


def test_the_boot_directory_starts_empty_but_the_record_stays(tree: Tree) -> None:
    old = tree.path / "var/run/test/genode"
    old.mkdir(parents=True)
    (old / "stale").touch()
    (old.parent / "stale.img").touch()
    tree.run("puts first\ncreate_boot_directory\ninstall_boot_module x a b\nputs second\n")
    assert sorted(path.name for path in old.iterdir()) == ["x"]
    assert (old / "x").read_text() == "ab\n"
    assert (old.parent / "script.log").read_text() == "first\nsecond\n"
    assert not (old.parent / "stale.img").exists()


def test_an_unknown_scenario_comes_with_the_nearest_names(tree: Tree) -> None:
    for name in ("log.run", "timer.run", "nested.run.py"):
        tree.script(name, "")
    with pytest.raises(UserError, match='no scenario is called "lgo"') as caught:
        run_all(tree, ["timer", "lgo"], RunOptions(), tree.events.append)
    assert caught.value.hint == "did you mean `log`?"
    assert tree.events == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("repos/mine/run/timer.run", "scenarios are named without directory and suffix: `timer`"),
        ("timre.run", "did you mean `timer`?"),
        ("./run/nested.run.py", "scenarios are named without directory and suffix: `nested`"),
    ],
)
def test_a_scenario_that_is_given_by_its_file_comes_with_its_name(
    tree: Tree, name: str, hint: str
) -> None:
    for script in ("timer.run", "nested.run.py"):
        tree.script(script, "")
    with pytest.raises(UserError) as caught:
        run_all(tree, [name], RunOptions(), tree.events.append)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("puts a\nif {1} {\n  puts b\n", 2),
        ('puts a\n\nputs "b\n', 3),
        ("proc p {} {\n}\n# {\nset x [p\n", 4),
        ("install_config {\r\n<config>\r\n", 1),
        ("set x {\n" + "a b\n" * 5000, 1),
    ],
)
def test_a_command_without_an_end_is_an_error_before_the_first_one_runs(
    tree: Tree, text: str, line: int
) -> None:
    verdict = tree.run(text)
    assert (verdict.outcome, _line(verdict)) == (Outcome.SCRIPT_ERROR, line)
    assert "does not end before the script does" in verdict.reason
    assert not _printed(tree)


def test_without_tkinter_the_doctor_is_named(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", None)
    verdict = tree.run("puts x")
    assert verdict.exit_code == EnvironmentProblem.exit_code
    assert "Tcl binding" in verdict.reason and "genode doctor" in verdict.hint


def test_without_a_log_module_the_image_is_all_that_is_wanted(tree: Tree) -> None:
    (tree.path / "bin/core-linux").touch()
    tree.variables["RUN_OPT"] = "--include power_on/linux --include boot_dir/linux"
    verdict = tree.run(
        "create_boot_directory\nbuild_boot_image core\nrun_genode_until x 5\nputs unreachable\n"
    )
    assert verdict.outcome is Outcome.PASSED
    assert "nothing is started" in verdict.reason
    assert _printed(tree) == []


def test_the_kernel_s_own_names_become_generic_ones(tree: Tree) -> None:
    for name in ("core-linux", "ld-linux.lib.so", "timer", "linux_timer"):
        (tree.path / "bin" / name).write_text(name)
    verdict = tree.run(
        "create_boot_directory\nbuild_boot_image { core-linux ld-linux.lib.so init linux_timer }\n"
    )
    assert verdict.outcome is Outcome.PASSED, verdict
    boot = tree.path / "var/run/test/genode"
    assert {path.name: path.read_bytes()[:11] for path in boot.iterdir()} == {
        "core": b"core-linux",
        "ld.lib.so": b"ld-linux.li",
        "init": b"initinitini",
        "timer": b"linux_timer",
    }


def test_an_unknown_kernel_is_told(tree: Tree) -> None:
    tree.kernel = "linx"
    tree.script("test.run", "")
    verdict = tree.run("create_boot_directory\nbuild_boot_image core\n")
    assert verdict.reason == 'unknown kernel "linx"' and verdict.exit_code == 2


def test_an_interrupted_script_leaves_a_verdict(tree: Tree) -> None:
    tree.failure = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        tree.run("catch { build core }\nputs unreachable\n")
    stored = json.loads((tree.path / "var/run/test/verdict.json").read_text())
    assert stored["exit_code"] == 130
    assert _printed(tree) == []


def test_a_plan_tells_what_is_wanted_and_changes_nothing(tree: Tree, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    verdict, plan = _plan(
        tree,
        "build { core test/log }\ncreate_boot_directory\nimport_from_depot me/src/init\n"
        f"install_config {{ <config/> }}\nexec touch {outside}\nset f [open {outside} w]\n"
        "puts $f text\nclose $f\nbuild_boot_image { core init }\n"
        'append qemu_args "-nographic -m 64"\nrun_genode_until {done.*\\n} 20\n'
        "compare_output_to { x }\nregexp {value (\\d+)} $output all value\nputs $value\n",
    )
    assert verdict.outcome is Outcome.PASSED
    assert plan.goals == ["core", "test/log"]
    assert plan.archives == ["me/src/init"] and plan.modules == ["core", "init"]
    assert plan.configs == ["config"] and plan.arguments == ("-nographic", "-m", "64")
    assert [(one.pattern, one.seconds) for one in plan.expectations] == [("done.*\\n", 20.0)]
    assert plan.comparisons == 1 and plan.commands == [("touch", str(outside))]
    assert "depends on the system's output" in plan.ended_early
    assert not outside.exists() and not (tree.path / "var").exists()


def test_a_plan_ends_in_spite_of_a_loop_that_waits_for_output(tree: Tree) -> None:
    verdict, plan = _plan(tree, "while {![regexp done $output]} { run_genode_until {x} 5 }\n")
    assert verdict.outcome is Outcome.PASSED
    assert "loop" in plan.ended_early


def test_switches_are_completed_for_the_kernel(tree: Tree) -> None:
    tree.run("puts [have_include boot_dir/linux][have_include log/linux]\n")
    assert _printed(tree) == ["11"]


def test_an_open_quotation_in_run_opt_is_refused() -> None:
    with pytest.raises(UserError, match="RUN_OPT: cannot split"):
        Switches.parse("--include 'x", origin="RUN_OPT")


def test_options_are_checked() -> None:
    with pytest.raises(UserError, match="timeout scale is 0"):
        RunOptions(timeout_scale=0)


def test_following_a_script_before_its_build_leaves_no_trace(tree: Tree) -> None:
    tree.variables["RUN_OPT"] = "--include log/linux"
    tree.run(
        "proc note {what} { puts $what,$env(BOARD),$::env(KERNEL) }\n"
        "set ::where [pwd]\nset env(MINE) 1\n"
        "build core\nputs $env(BOARD),$env(KERNEL),$env(MINE),[string equal $where [pwd]]\n"
        "create_boot_directory\ninstall_config {<config/>}\n"
    )
    assert _printed(tree) == ["linux,linux,1,1"]
    assert tree.built == ["core"]

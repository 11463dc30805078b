"""Second builds, with the real compiler on a small tree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.buildtree import SmallTree

ALL = [
    "COMPILE  main.o",
    "COMPILE  more.o",
    "COMPILE  util.o",
    "LINK     one",
    "MERGE    util.lib.a",
]


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


def test_first_build_makes_what_the_goal_reaches(tree: SmallTree) -> None:
    result = tree.make("app/one")
    assert result.ok
    assert tree.said == ALL
    assert result.artifacts == ("one",)
    assert (tree.build / "bin/one").is_file()
    assert not (tree.build / "bin/two").exists()
    assert "BUILD_ARTIFACTS += one\n" in (tree.build / "progress.log").read_text()


def test_second_build_evaluates_nothing_and_runs_nothing(tree: SmallTree) -> None:
    tree.make("app/one")
    tree.make("app/one")  # time stamps of a moment ago are not trusted: look once more
    result = tree.make("app/one")
    assert result.ok
    assert result.steps == 0
    assert tree.evaluated in (None, 0)
    assert result.artifacts == ("one",)


def test_touched_source_compiles_one_file_and_links(tree: SmallTree) -> None:
    tree.make("app/one")
    tree.append("repos/base/src/app/one/more.cc", "int again();\n")
    tree.make("app/one")
    assert tree.said == ["COMPILE  more.o", "LINK     one"]


def test_header_rebuilds_its_users_only(tree: SmallTree) -> None:
    tree.make()
    tree.append("repos/base/src/lib/util/util.h", "int further();\n")
    tree.make()
    assert tree.said == [
        "COMPILE  more.o",
        "COMPILE  util.o",
        "LINK     one",
        "MERGE    util.lib.a",
    ]


def test_comment_in_description_rebuilds_nothing(tree: SmallTree) -> None:
    tree.make()
    tree.append("repos/base/src/app/one/target.mk", "# a comment\n")
    result = tree.make()
    assert tree.evaluated == 2  # the description, and its leaf
    assert result.steps == 0


def test_flag_rebuilds_that_leaf_alone(tree: SmallTree) -> None:
    tree.make()
    tree.append("repos/base/src/app/one/target.mk", "CC_OPT += -DX=1\n")
    tree.make()
    assert tree.said == ["COMPILE  main.o", "COMPILE  more.o", "LINK     one"]


def test_touched_tools_conf_rebuilds_nothing_and_another_flag_all(tree: SmallTree) -> None:
    conf = tree.build / "etc/tools.conf"
    conf.write_text("# nothing\n")
    tree.make()
    conf.write_text("# still nothing\n")
    assert tree.make().steps == 0
    conf.write_text("CC_OPT += -O1\n")
    tree.make()
    assert len([line for line in tree.said if line.startswith("COMPILE")]) == 4


def test_renamed_source(tree: SmallTree) -> None:
    tree.make("app/one")
    (tree.path / "repos/base/src/app/one/more.cc").rename(
        tree.path / "repos/base/src/app/one/other.cc"
    )
    result = tree.make("app/one")
    assert not result.ok
    assert "more.cc" in str(result.problems[0]) or "more.o" in str(result.problems[0])
    tree.write(
        "repos/base/src/app/one/target.mk", "TARGET = one\nSRC_CC = main.cc other.cc\nLIBS = util\n"
    )
    assert tree.make("app/one").ok
    assert tree.said == ["COMPILE  other.o", "LINK     one"]


def test_removed_header_does_not_stop_the_build(tree: SmallTree) -> None:
    tree.make("app/one")
    tree.write("repos/base/src/lib/util/util.cc", "int util() { return 1; }\n")
    tree.write("repos/base/src/app/one/more.cc", "int more() { return 2; }\n")
    (tree.path / "repos/base/src/lib/util/util.h").unlink()
    assert tree.make("app/one").ok


def test_generated_header_is_made_first_and_tracked(tree: SmallTree) -> None:
    tree.write(
        "repos/base/src/app/two/target.mk",
        """
        TARGET = two
        SRC_CC = main.cc
        main.o: gen.h
        gen.h: $(PRG_DIR)/gen.txt
        \t@echo "    CONVERT  $@"
        \t$(VERBOSE)cp $< $@
        """,
    )
    tree.write("repos/base/src/app/two/gen.txt", "#define N 1\n")
    tree.write("repos/base/src/app/two/main.cc", "#include <gen.h>\nint n = N;\n")
    assert tree.make("app/two").ok
    tree.write("repos/base/src/app/two/gen.txt", "#define N 2\n")
    tree.make("app/two")
    assert tree.said == ["COMPILE  main.o", "CONVERT  gen.h", "LINK     two"]
    assert tree.make("app/two").steps == 0


def test_header_generated_by_a_library_is_there_for_its_users(tree: SmallTree) -> None:
    tree.append(
        "repos/base/lib/mk/util.mk",
        "all: made.h\nmade.h:\n\t@sleep 0.3; echo 'int made();' > $@\n",
    )
    tree.write("repos/base/lib/import/import-util.mk", "INC_DIR += $(LIB_CACHE_DIR)/util\n")
    tree.append("repos/base/lib/mk/util.mk", "INC_DIR += $(REP_DIR)/src/lib/util\n")
    tree.write("repos/base/src/app/one/more.cc", "#include <made.h>\n")
    assert tree.make("app/one").ok


def test_two_kernels_share_what_does_not_depend_on_them(tree: SmallTree) -> None:
    tree.make("app/one")
    for kernel in ("linux", "hw", "linux"):
        assert tree.make("app/one", overrides={"KERNEL": kernel}).steps == 0


def test_kernel_headers_do_not_rebuild_programs_that_ignore_them(tree: SmallTree) -> None:
    tree.write("repos/base-hw/include/hw.h", "")
    tree.write("repos/base-linux/include/linux.h", "")
    tree.make("app/one")
    assert tree.make("app/one", overrides={"KERNEL": "linux"}).steps == 0
    assert tree.make("app/one").steps == 0


def test_kernel_headers_rebuild_programs_that_read_them(tree: SmallTree) -> None:
    tree.write("repos/base-hw/include/kernel.h", "int hw();\n")
    tree.write("repos/base-linux/include/kernel.h", "int linux_();\n")
    tree.write("repos/base/src/app/two/main.cc", "#include <kernel.h>\n")
    tree.make("app/two")
    tree.make("app/two", overrides={"KERNEL": "linux"})
    assert tree.said == ["COMPILE  main.o", "LINK     two"]
    deps = subprocess.run(
        [sys.executable, "-m", "ninja", "-f", "var/genode/build.ninja", "-t", "deps"],
        cwd=tree.build,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "base-linux/include/kernel.h" in deps
    assert "base-hw/include/kernel.h" not in deps


def test_goals_alternate_without_rebuilding(tree: SmallTree) -> None:
    for goal in ("app/one", "app/two", "app/one", "lib/util"):
        tree.make(goal)
    for goal in ("app/one", "app/two", "lib/util"):
        assert tree.make(goal).steps == 0


def test_failed_step_is_told_once_and_last(tree: SmallTree) -> None:
    tree.write("repos/base/src/app/two/main.cc", "broken\n")
    result = tree.make("app/two")
    assert not result.ok
    (failure,) = tree.failed
    assert failure.text == "COMPILE  main.o"
    assert "main.cc:1" in failure.output
    assert "g++" in failure.command
    tree.write("repos/base/src/app/two/main.cc", "int fine;\n")
    assert tree.make("app/two").ok


def test_again_repeats_the_last_goals(tree: SmallTree) -> None:
    tree.make("app/two")
    tree.append("repos/base/src/app/two/main.cc", "int more;\n")
    result = tree.make("again")
    assert tree.said == ["COMPILE  main.o", "LINK     two"]
    assert result.artifacts == ("two",)


def test_dry_run_makes_nothing(tree: SmallTree) -> None:
    tree.make("app/two", dry_run=True)
    assert not (tree.build / "bin/two").exists()
    assert any("-c" in line for line in tree.said)


def test_clean_removes_what_was_built_and_nothing_else(tree: SmallTree) -> None:
    tree.make()
    (tree.build / "notes").mkdir()
    (tree.build / "notes/mine").write_text("keep")
    tree.make("clean")
    left = sorted(
        str(path.relative_to(tree.build)) for path in tree.build.rglob("*") if path.is_file()
    )
    assert left == [
        "etc/build.conf",
        "etc/specs.conf",
        "notes/mine",
        "var/genode/lock",
    ]
    assert tree.make("app/one").ok
    assert tree.said == ALL


@pytest.mark.parametrize("name", ["compile_commands.json", "var/libdeps"])
def test_files_for_users_are_made_again_when_they_are_gone(tree: SmallTree, name: str) -> None:
    tree.make("app/one")
    content = (tree.build / name).read_bytes()
    (tree.build / name).unlink()
    assert tree.make("app/one").steps == 0
    assert (tree.build / name).read_bytes() == content


def test_compile_commands_name_source_directory_and_command(tree: SmallTree) -> None:
    tree.make("app/one")
    entries = json.loads((tree.build / "compile_commands.json").read_text())
    (more,) = [entry for entry in entries if entry["file"].endswith("more.cc")]
    assert more["directory"] == str(tree.build / "app/one")
    assert more["command"].startswith("g++ ")
    done = subprocess.run(more["command"], shell=True, cwd=more["directory"], check=False)
    assert done.returncode == 0


def test_shared_library_is_linked_by_its_abi(tree: SmallTree) -> None:
    tree.write("repos/base/lib/symbols/dyn", "symbol T\n")
    tree.write("repos/base/lib/mk/dyn.mk", "SRC_CC = dyn.cc\nvpath dyn.cc $(REP_DIR)/src/lib/dyn\n")
    tree.write("repos/base/src/lib/dyn/dyn.cc", "int dyn();\n")
    tree.write("repos/base/src/app/two/target.mk", "TARGET = two\nSRC_CC = main.cc\nLIBS = dyn\n")
    tree.make("app/two")
    assert tree.said == ["COMPILE  main.o", "CONVERT  dyn.abi.so", "LINK     two"]
    result = tree.make("lib/dyn")
    assert result.artifacts == ("dyn.lib.so",)
    assert (tree.build / "bin/dyn.lib.so").is_file()
    tree.append("repos/base/lib/symbols/dyn", "other T\n")
    tree.make("app/two")
    assert tree.said == ["CONVERT  dyn.abi.so", "LINK     two"]
    assert tree.make("app/two").steps == 0


def test_killed_build_continues(tree: SmallTree) -> None:
    for number in range(8):
        tree.write(
            f"repos/base/src/app/two/n{number}.cc", "#include <map>\nstd::map<int, int> m;\n"
        )
    names = " ".join(f"n{number}.cc" for number in range(8))
    tree.write("repos/base/src/app/two/target.mk", f"TARGET = two\nSRC_CC = {names}\n")
    script = (
        "from genode_tool.building import make\n"
        "from genode_tool.tree import BuildDirectory\n"
        f"make(BuildDirectory.open({str(tree.build)!r}), ['app/two'], jobs=2,"
        " sink=lambda event: print(event, flush=True))\n"
    )
    for seen in (1, 3):
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            steps = 0
            for line in child.stdout:
                steps += line.startswith("BuildStepFinished")
                if steps == seen:
                    child.send_signal(signal.SIGKILL)
                    break
    assert tree.make("app/two").ok
    objects = [(tree.build / f"app/two/n{number}.o").read_bytes() for number in range(8)]
    assert (tree.build / "bin/two").read_bytes() == b"".join(objects)
    assert tree.make("app/two").steps == 0


def test_renamed_target_leaves_no_stale_artifact(tree: SmallTree) -> None:
    tree.make()
    tree.write("repos/base/src/app/two/target.mk", "TARGET = second\nSRC_CC = main.cc\n")
    tree.make()
    assert sorted(path.name for path in (tree.build / "bin").iterdir()) == ["one", "second"]


def test_removed_target_leaves_no_stale_artifact(tree: SmallTree) -> None:
    tree.make()
    (tree.path / "repos/base/src/app/two/target.mk").unlink()
    tree.make()
    assert [path.name for path in (tree.build / "bin").iterdir()] == ["one"]


def test_moved_library_is_followed(tree: SmallTree) -> None:
    tree.make("app/one")
    special = tree.path / "repos/base-hw/lib/mk/spec/x86_64/util.mk"
    special.parent.mkdir(parents=True)
    special.write_text("SRC_CC = fast.cc\nvpath %.cc $(REP_DIR)/src/lib/util\n")
    tree.write("repos/base-hw/src/lib/util/fast.cc", "int util() { return 2; }\n")
    tree.make("app/one")
    assert tree.said == ["COMPILE  fast.o", "LINK     one", "MERGE    util.lib.a"]
    special.unlink()
    tree.make("app/one")
    assert tree.said == ["COMPILE  util.o", "LINK     one", "MERGE    util.lib.a"]


def test_results_of_an_older_tool_go_without_losing_artifacts(tree: SmallTree) -> None:
    tree.make()
    (tree.build / "var/genode/state").unlink()
    tree.make("app/one")
    tree.make("lib/util")
    assert (tree.build / "bin/two").is_file()
    assert tree.make().steps == 0


@pytest.mark.parametrize("name", ["src/app/one/more.cc", "src/lib/util/util.h"])
def test_source_with_an_older_time_is_noticed(tree: SmallTree, name: str) -> None:
    tree.make("app/one")
    source = tree.path / "repos/base" / name
    source.write_text(source.read_text() + "int restored();\n")
    os.utime(source, (1_000_000_000, 1_000_000_000))
    tree.make("app/one")
    assert "COMPILE  more.o" in tree.said
    assert "COMPILE  main.o" not in tree.said
    assert tree.make("app/one").steps == 0

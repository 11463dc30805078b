"""Bad input: each mistake gets its message, and takes out only what needs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genode_tool.building import Trouble
from genode_tool.building.events import BuildFinished, ProblemsFound
from genode_tool.errors import EnvironmentProblem, GenodeError, Severity, UserError
from genode_tool.events import Note, Warned
from genode_tool.tree import BuildDirectory
from tests.unit.buildtree import SmallTree


@pytest.fixture
def tree(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


def test_unknown_goal_names_the_nearest(tree: SmallTree) -> None:
    with pytest.raises(UserError) as caught:
        tree.make("app/onee")
    assert "app/onee" in caught.value.message
    assert "`app/one`" in caught.value.hint


def test_library_given_as_program(tree: SmallTree) -> None:
    with pytest.raises(UserError) as caught:
        tree.make("util")
    assert "lib/util" in caught.value.hint


def test_unknown_library_goal(tree: SmallTree) -> None:
    with pytest.raises(UserError) as caught:
        tree.make("lib/utill")
    assert "`util`" in caught.value.hint


def test_library_given_as_variable(tree: SmallTree) -> None:
    with pytest.raises(UserError) as caught:
        tree.make(overrides={"LIB": "util"})
    assert "lib/util" in caught.value.hint


def test_missing_library_tells_the_chain(tree: SmallTree) -> None:
    tree.append("repos/base/lib/mk/util.mk", "LIBS = utl\n")
    result = tree.make("app/one")
    (problem,) = result.problems
    assert problem.trouble is Trouble.MISSING_LIBRARY
    assert problem.chain == ("utl", "util", "app/one")
    assert problem.diagnostic.location is not None
    assert problem.diagnostic.location.file.endswith("lib/mk/util.mk")
    assert "`util`" in problem.diagnostic.hint
    assert not result.ok
    assert result.steps == 0


def test_missing_library_of_a_program_has_its_place(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "# no utl\nLIBS = utl\n")
    (problem,) = tree.make("app/two").problems
    assert str(problem.diagnostic.location).endswith("app/two/target.mk:4:8")


def test_library_of_a_repository_that_is_not_enabled(tree: SmallTree) -> None:
    tree.write("repos/libports/lib/mk/libc.mk", "")
    tree.append("repos/base/src/app/one/target.mk", "LIBS += libc\n")
    result = tree.make()
    assert result.ok
    assert set(result.skipped) == {"app/one", "lib/libc"}
    assert any("libports" in problem.diagnostic.text for problem in result.problems)


def test_problems_leave_the_rest_to_keep_going(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/one/target.mk", "LIBS += nowhere\n")
    result = tree.make(keep_going=True)
    assert not result.ok
    assert "LINK     two" in tree.said
    assert "LINK     one" not in tree.said
    assert isinstance(tree.events[-2], ProblemsFound)


def test_dependency_cycle(tree: SmallTree) -> None:
    tree.append("repos/base/lib/mk/util.mk", "LIBS = other\n")
    tree.write("repos/base/lib/mk/other.mk", "LIBS = util\n")
    (problem,) = tree.make("app/one").problems
    assert problem.trouble is Trouble.CYCLE
    assert "util -> other -> util" in problem.diagnostic.text


def test_same_target_name_twice(tree: SmallTree) -> None:
    tree.write("repos/base/src/app/two/target.mk", "TARGET = one\nSRC_CC = main.cc\n")
    result = tree.make()
    (problem,) = result.problems
    assert problem.trouble is Trouble.AMBIGUOUS
    assert "app/one/target.mk" in problem.diagnostic.text
    assert "app/two/target.mk" in problem.diagnostic.text
    assert tree.make("app/one").ok  # alone it is clear what is meant


def test_same_target_name_is_told_along_with_all_else(tree: SmallTree) -> None:
    tree.write(
        "repos/base/src/app/two/target.mk", "TARGET = one\nSRC_CC = main.cc\nLIBS = nowhere\n"
    )
    troubles = {problem.trouble for problem in tree.make().problems}
    assert troubles == {Trouble.AMBIGUOUS, Trouble.MISSING_LIBRARY}


def test_earlier_repository_hides_the_same_directory(tree: SmallTree) -> None:
    tree.write("repos/base-hw/src/app/two/target.mk", "TARGET = special\nSRC_CC = hw.cc\n")
    tree.write("repos/base-hw/src/app/two/hw.cc", "")
    assert tree.make("app/two").artifacts == ("special",)
    assert tree.make("app/two", overrides={"KERNEL": "linux"}).artifacts == ("two",)


def test_syntax_error_has_a_location(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "ifeq (a,b\n")
    (problem,) = tree.make("app/two").problems
    assert problem.trouble is Trouble.EVALUATION
    assert str(problem.diagnostic.location).endswith("app/two/target.mk:3") or ":3" in str(
        problem.diagnostic.location
    )


def test_error_function_reports_its_text(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "$(error no such board)\n")
    (problem,) = tree.make("app/two").problems
    assert "no such board" in problem.diagnostic.text


def test_description_without_target(tree: SmallTree) -> None:
    tree.write("repos/base/src/app/two/target.mk", "SRC_CC = main.cc\n")
    (problem,) = tree.make("app/two").problems
    assert problem.trouble is Trouble.NO_TARGET


def test_libraries_of_a_description_without_target(tree: SmallTree) -> None:
    """The original looks for them all the same."""
    tree.write("repos/base/src/app/two/target.mk", "LIBS = gone\n")
    troubles = [one.trouble for one in tree.make("app/two").problems]
    assert troubles == [Trouble.NO_TARGET, Trouble.MISSING_LIBRARY]


def test_missing_source_is_told_before_anything_is_built(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "SRC_CC += gone.cc\n")
    result = tree.make("app/two")
    (problem,) = result.problems
    assert problem.trouble is Trouble.MISSING_FILE
    assert "gone." in problem.diagnostic.text
    assert result.steps == 0


def test_missing_source_is_told_with_its_place_and_the_name_that_was_meant(
    tree: SmallTree,
) -> None:
    description = "repos/base/src/app/two/target.mk"
    (source,) = (tree.path / description).parent.glob("*.cc")
    wrong = source.stem[:-1] + source.stem[-1] * 2 + ".cc"
    tree.append(description, f"SRC_CC += {wrong}\n")
    lines = (tree.path / description).read_text().splitlines()
    (problem,) = tree.make("app/two", keep_going=True).problems
    assert f"no such file: `{wrong}`, named in SRC_CC" in problem.diagnostic.text
    assert str(problem.diagnostic.location).endswith(f"app/two/target.mk:{len(lines)}")
    assert problem.diagnostic.hint == f"did you mean `{source.name}`?"


def test_missing_source_whose_object_has_a_rule_without_recipe(tree: SmallTree) -> None:
    # To make, the object counts as made then, and the linker finds out.
    tree.append("repos/base/src/app/two/target.mk", "SRC_CC += gone.cc\ngone.o: FORCE\nFORCE: ;\n")
    result = tree.make("app/two", keep_going=True)
    (problem,) = result.problems
    assert problem.trouble is Trouble.MISSING_FILE
    assert "no such file: `gone.cc`, named in SRC_CC" in problem.diagnostic.text
    assert str(problem.diagnostic.location).endswith("app/two/target.mk:3")
    assert result.steps == 0


def test_many_missing_sources_are_one_problem(tree: SmallTree) -> None:
    names = " ".join(f"gone{number}.cc" for number in range(9))
    tree.append("repos/base/src/app/two/target.mk", f"SRC_CC += {names}\n")
    (problem,) = tree.make("app/two").problems
    assert (
        "`gone1.cc`, `gone2.cc`, `gone3.cc` and 5 more are missing, too" in problem.diagnostic.text
    )


def test_unmet_requirements_skip_without_failing(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "REQUIRES = riscv\n")
    result = tree.make()
    assert result.ok
    assert result.skipped == ("app/two",)


def test_unmet_requirement_of_a_library_skips_its_users(tree: SmallTree) -> None:
    tree.append("repos/base/lib/mk/util.mk", "REQUIRES = linux\n")
    result = tree.make("app/one")
    assert result.ok
    assert "app/one" in result.skipped
    assert tree.make("app/one", overrides={"KERNEL": "linux"}).artifacts == ("one",)


@pytest.mark.parametrize(
    ("kernel", "hint"),
    [("linx", "did you mean `linux`?"), ("foc", "known names: `hw`, `linux`")],
)
def test_unknown_kernel_names_the_known_ones(tree: SmallTree, kernel: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        tree.make("app/one", overrides={"KERNEL": kernel})
    assert f"unknown kernel `{kernel}`" in caught.value.message
    assert caught.value.hint == hint


def test_board_that_the_kernel_does_not_know(tree: SmallTree) -> None:
    tree.write("repos/base-hw/board/pc/arch", "x86_64\n")
    assert tree.make("app/one").ok
    with pytest.raises(UserError) as caught:
        tree.make("app/one", overrides={"BOARD": "pcc"})
    assert "pcc" in caught.value.message
    assert "pc" in caught.value.hint


def test_default_board_that_the_kernel_does_not_know(tree: SmallTree) -> None:
    tree.write("repos/base-hw/board/pc/arch", "x86_64\n")
    tree.append("repos/base/src/app/two/target.mk", "LIBS = core-$(BOARD)\n")
    with (tree.build / "etc/build.conf").open("a") as conf:
        conf.write("BOARD = pcc\n")
    assert tree.make("app/one").ok  # needs no board
    notes = [event.text for event in tree.events if isinstance(event, Note)]
    assert any("pcc" in note and "did you mean `pc`?" in note for note in notes)
    (problem,) = tree.make("app/two").problems
    assert "unknown board `pcc` for kernel" in problem.diagnostic.text
    assert problem.diagnostic.hint == "did you mean `pc`?"


def test_problems_are_told_again_without_looking(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/one/target.mk", "LIBS += nowhere\n")
    first = tree.make("app/one")
    tree.make("app/one")
    again = tree.make("app/one")
    assert again.problems == first.problems
    assert not again.ok
    assert tree.evaluated in (None, 0)


def test_goal_of_skipped_targets_alone_is_told(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "REQUIRES = riscv\n")
    tree.make("app/two")
    assert any(isinstance(event, Note) and "riscv" in event.text for event in tree.events)


def test_repository_named_twice(tree: SmallTree) -> None:
    with (tree.build / "etc/build.conf").open("a") as conf:
        conf.write("REPOSITORIES += $(BASE_DIR)\n")
    with pytest.raises(UserError, match="more than once"):
        tree.make("app/one")


def test_no_build_directory(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"etc/build\.conf"):
        BuildDirectory.open(tmp_path)


def test_missing_compiler(tree: SmallTree) -> None:
    (tree.build / "etc/tools.conf").write_text("CUSTOM_CXX = no-such-g++\n")
    with pytest.raises(EnvironmentProblem) as caught:
        tree.make("app/one")
    assert "no-such-g++" in caught.value.message
    assert "genode doctor" in caught.value.hint


def test_compiler_of_another_version(tree: SmallTree) -> None:
    with (tree.build / "etc/build.conf").open("a") as conf:
        conf.write("REQUIRED_GCC_VERSION = 1.2.3\n")
    with pytest.raises(EnvironmentProblem, match=r"wants GCC 1\.2\.3"):
        tree.make("app/one")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_build_directory(tree: SmallTree) -> None:
    tree.build.chmod(0o555)
    try:
        with pytest.raises(GenodeError):
            tree.make("app/one")
    finally:
        tree.build.chmod(0o755)


def test_build_directory_that_cannot_be_written(tree: SmallTree) -> None:
    (tree.build / "var").write_text("in the way")
    with pytest.raises(EnvironmentProblem, match="cannot create"):
        tree.make("app/one")
    (tree.build / "var").unlink()
    assert tree.make("app/one").ok


def test_full_disk_is_one_message(tree: SmallTree, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(EnvironmentProblem, match="No space left"):
        tree.make("app/one")
    monkeypatch.undo()
    assert tree.make("app/one").ok


def test_damaged_state_is_ignored(tree: SmallTree) -> None:
    tree.make("app/one")
    (tree.build / "var/genode/state").write_bytes(b"damaged")
    for path in (tree.build / "var/genode/calls").iterdir():
        path.write_bytes(b"damaged")
    result = tree.make("app/one")
    assert result.ok
    assert result.steps == 0


def test_one_port_tells_who_needs_it(tree: SmallTree) -> None:
    tree.append("repos/base/lib/mk/util.mk", "DEP_MISSING_PORTS += zlib\n")
    tree.append("repos/base/src/app/two/target.mk", "LIBS = util\nDEP_MISSING_PORTS += acme\n")
    ports = {problem.subject: problem for problem in tree.make().problems}
    assert set(ports) == {"acme", "zlib"}
    assert ports["acme"].chain == ("acme", "app/two")
    assert ports["acme"].others == 0
    assert ports["zlib"].chain == ("zlib", "lib/util")
    assert ports["zlib"].others == 2
    assert ports["zlib"].diagnostic.hint == "genode prepare zlib"
    assert ports["zlib"].remedy == "genode prepare"


def test_a_build_of_everything_needs_its_ports_or_k(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "DEP_MISSING_PORTS += acme\n")
    result = tree.make()
    assert not result.ok
    assert result.steps == 0
    assert [(one.subject, one.trouble) for one in result.problems] == [("acme", Trouble.PORT)]
    assert not tree.make(keep_going=True).ok
    assert (tree.build / "bin/one").exists()
    assert not (tree.build / "bin/two").exists()


def test_strict_makes_skipped_targets_fail(tree: SmallTree) -> None:
    tree.append("repos/base/src/app/two/target.mk", "REQUIRES = riscv\n")
    result = tree.make(strict=True)
    assert not result.ok
    assert result.steps == 0
    assert any(isinstance(event, ProblemsFound) and event.strict for event in tree.events)
    assert not tree.make(strict=True, keep_going=True).ok
    assert "LINK     one" in tree.said
    assert tree.make().ok


def test_errors_of_shell_functions_come_with_their_place(
    tree: SmallTree, capfd: pytest.CaptureFixture[str]
) -> None:
    tree.append("repos/base/src/app/two/target.mk", "V := $(shell ls /nowhere-at-all)\n")
    assert tree.make("app/two").ok
    told = next(event.diagnostic for event in tree.events if isinstance(event, Warned))
    assert told.severity is Severity.INFO
    assert "`ls /nowhere-at-all` printed: " in told.text
    assert told.location is not None
    assert told.location.file.endswith("app/two/target.mk")
    assert told.location.line == 3
    assert capfd.readouterr().err == ""


def test_dry_run_counts_what_is_to_do(tree: SmallTree) -> None:
    result = tree.make("app/two", dry_run=True)
    assert result.steps > 0
    assert isinstance(tree.events[-1], BuildFinished)
    assert tree.events[-1].planned
    assert not (tree.build / "bin/two").exists()

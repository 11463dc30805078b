"""Compiler launchers: which steps they get, and that taking one builds nothing anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.building.plan.recipe import may_be_launched
from genode_tool.errors import EnvironmentProblem
from genode_tool.events import Note
from tests.unit.buildtree import SmallTree

TWO = "repos/base/src/app/two"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallTree:
    """A tree, and a launcher `noting` in PATH that notes what it is called with."""
    tree = SmallTree(tmp_path / "here")
    programs = tmp_path / "programs"
    programs.mkdir()
    launcher = programs / "noting"
    launcher.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/noted\nexec "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return tree


def noted(tree: SmallTree) -> list[str]:
    path = tree.path.parents[1] / "noted"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


@pytest.mark.parametrize(
    ("command", "launched"),
    [
        ("g++ -O2 -c main.cc -o main.o", True),
        ("gcc -c /src/x.c -o x.o", True),
        ("g++ -DX='a b' -c main.cc -o main.o", True),
        ("/opt/tool/bin/x-g++ -c main.cc", True),
        ("gcc -c start.s -o start.o", False),
        ("gcc -c start.S -o start.o", False),
        ("g++ main.o -o main", False),
        ("g++ -c main.o", False),
        ("gcc -E -c x.c", False),
        ("gcc -x c -c - -o x.o", False),
        ("gcc -c a.c b.c", False),
        ("clang -c x.c", False),
        ("cd sub && gcc -c x.c", False),
    ],
)
def test_which_commands_may_be_launched(command: str, launched: bool) -> None:
    compilers = ("g++", "gcc", "/opt/tool/bin/x-g++")
    assert may_be_launched(command, compilers) is launched


def test_compile_steps_alone_go_through_the_launcher(tree: SmallTree) -> None:
    tree.append(f"{TWO}/target.mk", "SRC_CC += made.cc\nmade.cc:\n\techo 'int m;' > $@\n")
    assert tree.make("app/two", overrides={"LAUNCHER": "noting"}).ok
    assert sorted(line.split()[-1] for line in noted(tree)) == ["made.o", "main.o"]


def test_another_launcher_builds_nothing_anew(tree: SmallTree) -> None:
    tree.make("app/two")
    for launcher in ("noting", "env", ""):
        assert tree.make("app/two", overrides={"LAUNCHER": launcher}).steps == 0
        assert tree.evaluated in (0, None)
    assert noted(tree) == []


def test_launcher_of_the_configuration(tree: SmallTree) -> None:
    with (tree.build / "etc/build.conf").open("a") as conf:
        conf.write("LAUNCHER := noting\n")
    tree.make("app/two")
    assert len(noted(tree)) == 1
    tree.append(f"{TWO}/main.cc", "int more;\n")
    tree.make("again")
    assert len(noted(tree)) == 1


def test_a_command_is_shown_as_it_ran(tree: SmallTree) -> None:
    tree.write(f"{TWO}/main.cc", "no source\n")
    tree.make("app/two", overrides={"LAUNCHER": "noting"})
    assert "&& noting g++ " in tree.failed[0].command
    tree.make("app/two")
    assert "&& g++ " in tree.failed[0].command
    assert "LAUNCHER" not in (tree.build / "compile_commands.json").read_text()


def test_a_launcher_gets_its_own_variables(
    tree: SmallTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write("wrap", f'#!/bin/sh\nenv > {tree.path}/seen\nexec "$@"\n').chmod(0o755)
    monkeypatch.setenv("DISTCC_HOSTS", "farm/8")
    monkeypatch.setenv("SECRET", "x")
    tree.make("app/two", overrides={"LAUNCHER": f"{tree.path}/wrap"})
    seen = (tree.path / "seen").read_text().splitlines()
    assert "DISTCC_HOSTS=farm/8" in seen
    assert not any(line.startswith("SECRET") for line in seen)


def test_missing_launcher(tree: SmallTree) -> None:
    with pytest.raises(EnvironmentProblem, match="launcher `frobcc` is missing"):
        tree.make("app/two", overrides={"LAUNCHER": "frobcc"})


def test_static_analysis_compiles_and_analyzes(
    tree: SmallTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tree.path.parents[1]
    for name, text in (
        ("scan-build", f'shift 2\nCC={top}/none CXX={top}/analyze\nexport CC CXX\n"$@" || exit\n'),
        ("../analyze", f'echo "$CCC_CXX $*" >> {top}/noted\nexec "$CCC_CXX" "$@"\n'),
    ):
        (top / "programs" / name).write_text(f"#!/bin/sh\n{text}echo 'scan-build: done'\n")
        (top / "programs" / name).chmod(0o755)
    tree.make("app/two")
    tree.append(f"{TWO}/main.cc", "int fresh;\n")
    assert tree.make("app/two", overrides={"STATIC_ANALYZE": "1"}).ok
    (line,) = noted(tree)  # what is up to date is not analyzed
    assert line.startswith("g++ ")
    assert line.endswith("-o main.o")
    assert any(isinstance(event, Note) and event.text == "done" for event in tree.events)
    monkeypatch.setenv("STATIC_ANALYZE", "1")
    tree.append(f"{TWO}/main.cc", "int fresher;\n")
    assert tree.make("app/two").ok
    assert len(noted(tree)) == 1

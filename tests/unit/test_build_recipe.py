"""Recipes as single commands: the shell must see what it would see under make."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from genode_tool.building.ninja.syntax import LAUNCH, Edge, edge_text
from genode_tool.building.plan.recipe import command_of, is_simple, printed_text

SHELL = ("/bin/bash", "-o", "pipefail", "-c")


@dataclass(frozen=True)
class ExpandedLine:
    text: str
    ignore: bool = False


def run(tmp_path: Path, *lines: ExpandedLine) -> subprocess.CompletedProcess[str]:
    command = command_of(lines, "leaf", SHELL)
    (tmp_path / "leaf").mkdir(exist_ok=True)
    return subprocess.run(
        ["/bin/sh", "-c", command.text], cwd=tmp_path, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ('echo -e "    COMPILE  "main.o', "    COMPILE  main.o"),
        ("echo 'LINK' x", "LINK x"),
        ("echo a > file", None),
        ("echo $HOME", None),
        ('echo "`date`"', None),
        ("true", None),
        ("echo a; false", None),
    ],
)
def test_lines_that_only_print(text: str, printed: str | None) -> None:
    assert printed_text(text) == printed


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("g++ -O2 -std=gnu++20 -MT 'a.o a.d' -c /x/a.cc -o a.o", True),
        ("libs=/x; ld -o y", False),
        ("cd x", False),
        ("A=b cmd", False),
        ("cat a | b", False),
        ("cc '-DX=\"y\"'", True),
        ('cc -DX=\\"y\\"', False),
    ],
)
def test_which_lines_every_shell_runs_alike(text: str, simple: bool) -> None:
    assert is_simple(text) is simple


def test_speaking_and_idle_lines_leave_no_command() -> None:
    command = command_of(
        [ExpandedLine('echo "  MERGE x"'), ExpandedLine("true # nothing"), ExpandedLine("")],
        "l",
        SHELL,
    )
    assert command.text == ""
    assert command.announcements == ("MERGE x",)


def test_lines_run_in_the_directory_and_stop_at_a_failure(tmp_path: Path) -> None:
    done = run(
        tmp_path, ExpandedLine("pwd"), ExpandedLine("false"), ExpandedLine("echo never | cat")
    )
    assert done.stdout.strip().endswith("/leaf")
    assert done.returncode == 1


def test_ignored_failure_goes_on(tmp_path: Path) -> None:
    done = run(tmp_path, ExpandedLine("false", ignore=True), ExpandedLine("echo on | cat"))
    assert (done.stdout, done.returncode) == ("on\n", 0)


def test_each_line_is_a_shell_of_its_own(tmp_path: Path) -> None:
    done = run(tmp_path, ExpandedLine("x=1; cd /"), ExpandedLine('echo "[$x]" `pwd`'))
    assert done.stdout.startswith("[] ")
    assert done.stdout.strip().endswith("/leaf")


def test_a_failing_part_of_a_pipe_fails(tmp_path: Path) -> None:
    assert run(tmp_path, ExpandedLine("false | cat")).returncode == 1


@pytest.mark.parametrize(
    "text",
    [
        "printf '%s|' \"a\\\n b\" 'c\\\nd' e\\\nf",
        "for i in 1 2; do \\\n echo $i; \\\ndone",
        "printf '%s' 'it'\\''s' \"\\\\n\"",
        "printf 'a\\tb\\n'",
    ],
)
def test_the_shell_sees_what_make_would_give_it(tmp_path: Path, text: str) -> None:
    expected = subprocess.run(
        ["/bin/bash", "-c", text], capture_output=True, text=True, check=False
    )
    assert run(tmp_path, ExpandedLine(text)).stdout == expected.stdout


def test_edge_text_escapes() -> None:
    edge = Edge(("a b",), ("c:d", "$e"), ("f",), "echo $x", "[l] X", "a.d")
    assert edge_text(edge) == (
        "build a$ b: compile c$:d $$e || f\n  c = echo $$x\n  d = [l] X\n  depfile = a.d\n"
        "  pool = local\n"
    )
    launched = Edge(("x.o",), ("x.c",), (), f"cd . && {LAUNCH}gcc -c x.c", "[l] X")
    assert "pool" not in edge_text(launched)

"""Counting the lines that were compiled."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from genode_tool.building.ask.line_count import CompileCommand, count_lines, read_commands
from genode_tool.errors import UserError

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc missing")

MAIN = """/* nothing
   but words */
#include "a b.h"
#define TWICE(x) \\
    ((x) + (x))

int main(void)   // 7
{
#ifdef NOT
    never();
#else
    return TWICE(
        3);      // 13
#endif
}                // 15
"""
HEADER = "#pragma once\n\nint shared;   // 3\n"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "a b.h").write_text(HEADER)
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "other.c").write_text('#include "a b.h"\nint other;\n')
    (tmp_path / "low.s").write_text("# words\n/* more\nwords */\n.globl x\n\nx: nop // 6\n")
    command = "gcc -O2 -MMD -MP -MT x.o -MF x.d -c ../{0} -o x.o"
    entries = [
        {"directory": str(tmp_path / where), "file": f"../{name}", "command": command.format(name)}
        for where, name in (("one", "main.c"), ("two", "other.c"), ("two", "low.s"))
    ]
    (tmp_path / "compile_commands.json").write_text(json.dumps(entries))
    return tmp_path


def test_lines_on_which_something_is_left(build: Path) -> None:
    heard: list[str] = []
    found = count_lines(read_commands(build), done=heard.append)
    one = {(Path(name).name, line) for name, line in found[str(build / "one")]}
    assert ("a b.h", 3) in one
    assert {line for name, line in one if name == "main.c"} >= {7, 8, 12, 15}
    assert not {line for name, line in one if name == "main.c"} & {1, 2, 4, 5, 6, 10}
    two = {(Path(name).name, line) for name, line in found[str(build / "two")]}
    assert two == {("a b.h", 3), ("other.c", 2), ("low.s", 4), ("low.s", 6)}
    assert heard == ["../main.c", "../other.c", "../low.s"]
    assert not list((build / "one").iterdir())  # no object, no dependency file


def test_what_keeps_lines_from_being_counted(build: Path, tmp_path: Path) -> None:
    (build / "other.c").write_text('#include "gone.h"\n')
    with pytest.raises(UserError, match=r"other\.c cannot be preprocessed: .*gone\.h"):
        count_lines(read_commands(build))
    with pytest.raises(UserError, match="no compile commands"):
        read_commands(tmp_path / "nowhere")
    words = CompileCommand("d", "f.c", ("ccache", "gcc", "-Ia b", "-c", "f.c", "-of.o", "-MD"))
    assert words.preprocess == ("ccache", "gcc", "-Ia b", "f.c", "-E")

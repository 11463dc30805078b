"""Errors of makefiles: the place to the column, the way that led there, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.makefile import Evaluation, MakefileError, RealInputs, resolve
from genode_tool.report.diagnostic import diagnostic_lines


def failure(path: Path, text: str) -> MakefileError:
    (path / "Makefile").write_text(text)
    ev = Evaluation(RealInputs(), cwd=str(path), environ={}, builtin_rules=False)
    with pytest.raises(MakefileError) as caught:
        ev.include("Makefile")
        for step in resolve(ev).steps:
            step.recipe()
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("B := $(subst a,b\n", "1:6", ""),
        ("all:\n\t@echo $(sort a b\n", "2:8", ""),
        ("X = $(subst a,b\nall:\n\techo $(X)\n", "1:5", ""),
        ("X := a\nX = $(word x,a b)\nY := $(X)\n", "2:5", ""),
        ("all:\n  foo bar\n", "2:3", "a line is a rule"),
        ("inclde foo.mk\n", "1:1", "`include`"),
        ("ifeq ($(X),1)\nY = 1\n", "3", "conditional at Makefile:1"),
        ("all:\nendif\n", "2:1", "no conditional is open"),
        ("ifeq ($(X),1\nendif\n", "1:1", "expected: `(A,B)`"),
        ("\t@echo\nall:\n", "1:1", "a tab at the beginning"),
        ("A = $(A) x\nall:\n\techo $(A)\n", "1:5", "`A += …`"),
        ("A = x $(B)\nB = $(A)\nall:\n\techo $(A)\n", "1:7", "`:=`"),
        ("f = $(error no)\nX := a $(call f)\n", "2:8", ""),
        ("all: ; @true\n  $(error no)\n", "2:3", ""),
        ("include nothing.mk\n", "1:9", ""),
    ],
)
def test_place_and_hint(tmp_path: Path, text: str, place: str, hint: str) -> None:
    error = failure(tmp_path, text)
    assert str(error.location) == f"Makefile:{place}"
    assert hint in error.hint


def test_a_circle_of_variables_is_told_link_by_link(tmp_path: Path) -> None:
    error = failure(tmp_path, "A = $(B)\nB = $(if x,$(C))\nC = $(A)\nall:\n\techo $(A)\n")
    assert error.trail[:3] == (
        "'A' refers to 'B' at Makefile:1",
        "'B' refers to 'C' at Makefile:2",
        "'C' refers to 'A' at Makefile:3",
    )


def test_evaluated_text_is_shown(tmp_path: Path) -> None:
    error = failure(tmp_path, "define T\nnot a rule\nendef\n$(eval $(T))\n")
    assert error.trail[0] == "in the text `not a rule`"
    assert error.trail[1] == "evaluated from Makefile:4"


def test_caret_stands_under_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = failure(tmp_path, "B := $(subst a,b\n")
    monkeypatch.chdir(tmp_path)
    first, line, caret = diagnostic_lines(error.diagnostic)[:3]
    assert first.startswith("Makefile:1:6: error: unterminated call")
    assert caret.index("^") == line.index("$(subst")

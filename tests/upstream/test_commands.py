"""Our ninja steps run the commands that the original runs, for every leaf whose inputs exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.upstream.command_comparison import compare_commands
from tests.upstream.configurations import Configuration
from tests.upstream.conftest import Figure
from tests.upstream.original import Original


@pytest.mark.timeout(1800)
def test_the_commands_are_equal(
    tree: Path, work: Path, original: Original, configuration: Configuration, figure: Figure
) -> None:
    found = compare_commands(original)
    figure(found.figure)
    path = work / f"{tree.name}-{configuration.name}-commands.txt"
    path.write_text("\n".join(found.differences) + "\n")
    assert found.leaves
    assert found.differences == ()

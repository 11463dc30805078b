"""What all attacks have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from genode_tool.sandbox import copy
from genode_tool.sandbox.trial import namespaces_allowed
from tests.attack.outside import SHARED_MEMORY, Outside, close_outside, make_outside


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """The world that must not change."""
    made = make_outside(tmp_path)
    yield made
    close_outside(made)
    SHARED_MEMORY.unlink(missing_ok=True)


@pytest.fixture(params=[True, False], ids=["namespaces", "without"])
def isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the kernel grants namespaces."""
    wanted: bool = request.param
    if wanted and not namespaces_allowed():
        pytest.skip("no namespaces")
    monkeypatch.setattr(copy, "namespaces_allowed", lambda: wanted)
    return wanted

"""Unsupported parts of the make language are refused with a clear error, never done halfway."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import Case, environment, ours

EXCLUSIONS = {
    "load": (
        "all:\nload ./plugin.so\n",
        "Makefile:2: *** the 'load' directive is not supported.  Stop.\n",
    ),
    "optional load": (
        "-load ./plugin.so(start)\nall:\n",
        "Makefile:1: *** the 'load' directive is not supported.  Stop.\n",
    ),
}


@pytest.mark.parametrize("name", EXCLUSIONS)
def test_is_refused(name: str, tmp_path: Path) -> None:
    makefile, message = EXCLUSIONS[name]
    (tmp_path / "Makefile").write_text(makefile)
    environ = environment(Case("excluded"), "/nowhere")
    assert ours([], tmp_path, environ) == (2, "", message)
    assert [one.name for one in tmp_path.iterdir()] == ["Makefile"]

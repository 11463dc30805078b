"""Unsupported parts of the make language are refused with a clear error, never done halfway."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import Case, environment, ours

OBJECT = b"\x7fELF" + bytes(60)
MESSAGE = "plugin.so: shared objects of GNU make cannot be loaded.  Stop."
EXCLUSIONS = {
    "load": ("all:\nload ./plugin.so\n", f"Makefile:2: *** {MESSAGE}\n"),
    "optional load": ("-load ./plugin.so(start)\nall:\n", f"Makefile:1: *** {MESSAGE}\n"),
}


@pytest.mark.parametrize("name", EXCLUSIONS)
def test_is_refused(name: str, tmp_path: Path) -> None:
    makefile, message = EXCLUSIONS[name]
    (tmp_path / "Makefile").write_text(makefile)
    (tmp_path / "plugin.so").write_bytes(OBJECT)
    environ = environment(Case("excluded"), "/nowhere")
    assert ours([], tmp_path, environ) == (2, "", message)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["Makefile", "plugin.so"]

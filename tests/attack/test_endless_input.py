"""Files and commands without end: a makefile that reads them is an error, and memory is left."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_MEMORY = 3 << 30

TEXTS = {
    "a device": "include /dev/zero",
    "a device, if it is there": "-include /dev/zero",
    "a device in a function": "X := $(file </dev/zero)",
    "a file with holes": "include @HOLES",
    "a file with holes in a function": "X := $(file <@HOLES)",
    "a command": "X := $(shell yes)",
    "a command with children": "X := $(shell yes | cat)",
    "a command in an assignment": "X != cat /dev/zero",
}


@pytest.mark.parametrize("trick", TEXTS)
def test_what_has_no_end_is_an_error(tmp_path: Path, trick: str) -> None:
    holes = tmp_path / "holes"
    with holes.open("wb") as file:
        file.truncate(1 << 40)
    text = TEXTS[trick].replace("@HOLES", str(holes))
    (tmp_path / "Makefile").write_text(f"{text}\nall: ; @echo done $(words $(X))\n")
    done = subprocess.run(
        [sys.executable, "-m", "genode_tool.makefile"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "more than 256 MiB" in done.stderr, done.stderr[-500:]
    assert "Traceback" not in done.stderr

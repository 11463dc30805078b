"""Unsupported parts of the make language are refused with a clear error, never done halfway."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import Case, environment, ours

EXCLUSIONS = {
    "archive member as target": (
        "lib.a(member.o): member.o\n",
        "Makefile:1: *** archive members are not supported: lib.a(member.o).  Stop.\n",
    ),
    "archive member as prerequisite": (
        "x:\nall: x lib.a(member.o)",
        "Makefile:2: *** archive members are not supported: lib.a(member.o).  Stop.\n",
    ),
    "load": (
        "all:\nload ./plugin.so\n",
        "Makefile:2: *** the 'load' directive is not supported.  Stop.\n",
    ),
    "optional load": (
        "-load ./plugin.so(start)\nall:\n",
        "Makefile:1: *** the 'load' directive is not supported.  Stop.\n",
    ),
    "guile": (
        "all:\nx := $(guile (+ 1 2))\n",
        "Makefile:2: *** the 'guile' function is not supported: (+ 1 2).  Stop.\n",
    ),
    "rcs": (
        "all: file\n",
        "make: *** No rule to make target 'file', needed by 'all'.  Stop.\n",
    ),
    "sccs": (
        "all: other\n",
        "make: *** No rule to make target 'other', needed by 'all'.  Stop.\n",
    ),
}


@pytest.mark.parametrize("name", EXCLUSIONS)
def test_is_refused(name: str, tmp_path: Path) -> None:
    makefile, message = EXCLUSIONS[name]
    (tmp_path / "Makefile").write_text(makefile)
    for place in ("RCS/file,v", "file,v", "SCCS/s.other", "s.other"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).touch()
    environ = environment(Case("excluded"), "/nowhere")
    assert ours([], tmp_path, environ) == (2, "", message)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(
        ("Makefile", "RCS", "SCCS", "file,v", "s.other")
    )

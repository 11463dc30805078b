"""Recipes of the depot that try to get out."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.sandbox.trial import namespaces_allowed
from tests.attack.outside import Outside, confined_by_kernel, kill_all, still_running
from tests.attack.recipes import RECIPES, WITH_NAMESPACES
from tests.unit.depot_fixture import Genode, recipe_dir
from tests.unit.depot_fixture import genode as genode
from tests.unit.depot_fixture import tree as tree

pytestmark = confined_by_kernel


def _extract(tree: Path, genode: Genode, text: str) -> tuple[int, str, dict[str, str]]:
    """Extract an archive whose `content.mk` is `text`; return what is in it."""
    recipe = recipe_dir(tree, "raw/goods")
    (recipe / "content.mk").write_text(text)
    words = ("depot", "extract", "al/raw/goods", "--update-versions")
    code, out, err = genode("-q", *words, "--version-cmd", "echo 2026-01-02")
    made = sorted((tree / "depot/al/raw/goods").glob("2026-01-02*/*"))
    return code, out + err, {path.name: path.read_text() for path in made if path.is_file()}


@pytest.mark.parametrize("trick", RECIPES)
def test_a_recipe_reaches_nothing_outside(
    tree: Path, genode: Genode, outside: Outside, trick: str, isolated: bool
) -> None:
    if not isolated and trick in WITH_NAMESPACES:
        pytest.skip("needs namespaces")
    line = f"-({outside.fill(RECIPES[trick])}) >/dev/null 2>&1 </dev/null"
    code, said, made = _extract(
        tree, genode, f"content: list\nlist:\n\t{line}\n\trm -rf d l link own\n\techo x > y\n"
    )
    assert outside.untouched(), said
    if trick != "a signal to all":
        assert code == 0 and "y" in made and "got" not in made, (said, made)


@pytest.mark.parametrize("where", ["X := $(shell {})\n", "X != {}\n"])
@pytest.mark.parametrize(
    "trick", ["a write", "a mode", "a signal", "udp", "a datagram from a pair"]
)
def test_what_is_evaluated_reaches_nothing_outside(
    tree: Path, genode: Genode, outside: Outside, trick: str, where: str
) -> None:
    if trick in WITH_NAMESPACES and not namespaces_allowed():
        pytest.skip("needs namespaces")
    top = where.format(outside.fill(RECIPES[trick]))
    _extract(tree, genode, f"{top}content: list\nlist:\n\techo x > $@\n")
    assert outside.untouched()


@pytest.mark.usefixtures("isolated")
def test_a_recipe_reads_no_environment_of_others(
    tree: Path, genode: Genode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    text = "content: list\nlist:\n\t-cat /proc/*/environ > $@ 2>/dev/null\n\techo x >> $@\n"
    code, said, made = _extract(tree, genode, text)
    assert code == 0 and "list" in made and "s3cret" not in made["list"], said


@pytest.mark.usefixtures("isolated")
@pytest.mark.parametrize("detached", ["setsid sleep 875.5 &", "(setsid sleep 875.5 &) >/dev/null"])
def test_no_program_of_a_recipe_outlives_it(tree: Path, genode: Genode, detached: str) -> None:
    try:
        text = f"content: list\nlist:\n\t{detached}\n\techo x > $@\n"
        code, said, _ = _extract(tree, genode, text)
        assert code == 0, said
        assert not still_running("875.5")
    finally:
        kill_all("875.5")

"""The search for implicit rules: what it asks about files, and how little."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.errors import Location
from genode_tool.makefile import RealInputs, Stat
from genode_tool.makefile.problems import Source
from genode_tool.makefile.rules.contents import Contents
from genode_tool.makefile.rules.implicit import Match, Search
from genode_tool.makefile.rules.rule import PatternRule, Prerequisite, Recipe


class Counting(RealInputs):
    """The machine, with the paths that were looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: list[str] = []

    def listdir(self, path: str) -> tuple[str, ...] | None:
        self.looked.append(path)
        return super().listdir(path)

    def stat(self, path: str) -> Stat | None:
        self.looked.append(path)
        return super().stat(path)


def test_a_directory_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.c").write_text("")
    inputs = Counting()
    contents = Contents(inputs, str(tmp_path))
    assert contents.has("src/a.c")
    assert contents.has(f"{tmp_path}/src/a.c")
    assert not contents.has("src/b.c")
    assert contents.has("src")
    assert sorted(set(inputs.looked)) == [str(tmp_path), f"{tmp_path}/src"]
    assert len(inputs.looked) == 3  # once more by its other name


def test_what_is_missing_is_asked_for_once(tmp_path: Path) -> None:
    inputs = Counting()
    contents = Contents(inputs, str(tmp_path))
    assert not any(contents.has(f"RCS/{number},v") for number in range(9))
    assert len(inputs.looked) == 2


def test_a_listing_is_made_anew_after_forget(tmp_path: Path) -> None:
    contents = Contents(RealInputs(), str(tmp_path))
    assert not contents.has("new")
    (tmp_path / "new").write_text("")
    assert not contents.has("new")
    contents.forget()
    assert contents.has("new")


@pytest.mark.parametrize("name", [".", "..", "./", "/", "/.", "here/", "here/.."])
def test_names_that_no_listing_has(tmp_path: Path, name: str) -> None:
    (tmp_path / "here").mkdir()
    assert Contents(RealInputs(), str(tmp_path)).has(name)


class _Files:
    """Files that exist, and nothing else; `asked` are the names that were looked for."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[str] = []

    def keep_chain(self, match: Match) -> None:
        """Note nothing: each search here is for one file."""

    def exists(self, name: str) -> bool:
        self.asked.append(name)
        return name in self.names

    is_known = exists

    def names_in(self, directory: str) -> frozenset[str] | None:
        return None

    def mentioned(self) -> frozenset[str]:
        return frozenset()

    def is_target(self, name: str) -> bool:
        return False

    def is_mentioned(self, name: str) -> bool:
        return False

    def matching(self, pattern: str) -> list[str]:
        return [pattern]

    def second_expansion(self, rule: PatternRule, name: str, stem: str) -> tuple[()]:
        return ()


def _rule(target: str, *needed: str, terminal: bool = False) -> PatternRule:
    recipe = Recipe((), Source("Makefile"))
    prerequisites = tuple(Prerequisite(one) for one in needed)
    return PatternRule((target,), prerequisites, recipe, Location("Makefile"), terminal)


RULES = [
    _rule("%", "%.sh"),
    _rule("%.o", "%.c"),
    _rule("%.lib.o", "%.s"),
    _rule("lib%.o", "lib%.f"),
    _rule("obj/%.o", "src/%.c"),
    _rule("%", "RCS/%,v", terminal=True),
]


@pytest.mark.parametrize(
    ("name", "targets"),
    [
        ("a.o", ["%.o", "%"]),
        ("a.lib.o", ["%.lib.o", "%.o", "%"]),
        ("liba.o", ["lib%.o", "%.o", "%"]),
        ("obj/liba.o", ["obj/%.o", "lib%.o", "%.o", "%"]),
        ("obj/.o", ["%", "%"]),
        (".o", ["%", "%"]),
        ("a", ["%", "%"]),
        ("a.b/c", ["%", "%"]),
    ],
)
def test_the_shortest_stem_first(name: str, targets: list[str]) -> None:
    search = Search(lambda: RULES, _Files())
    assert [one.target for one in search.candidates(name)] == targets


def test_a_rule_is_passed_by_when_its_file_is_not_there() -> None:
    files = _Files("src/b.c")
    search = Search(lambda: RULES, files)
    match = search.find("obj/b.o")
    assert match is not None
    assert (match.target, match.stem) == ("obj/%.o", "b")
    assert set(files.asked) == {"src/b.c"}
    assert search.find("obj/c.o") is None


class _Listed(_Files):
    """The same, where directories can be listed."""

    def names_in(self, directory: str) -> frozenset[str] | None:
        inside = [one[len(directory) :] for one in self.names if one.startswith(directory)]
        return frozenset((".", "..", *[one.partition("/")[0] for one in inside]))


_SOURCES = ("a.c", "a.s", "a.sh", "RCS/a.c,v", "obj/a.c", "src/a.c", "obj/RCS/a,v", "a.y", "liba.f")


@pytest.mark.parametrize("name", ["a.o", "a", "obj/a.o", "a.lib.o", "a.c", "obj/a", "liba.o"])
def test_listings_change_no_result(name: str) -> None:
    rules = [*RULES, _rule("%.c", "%.y"), _rule("%.s", "%.c"), _rule("%.h %.c", "%.y", "y.h")]
    found = set()
    for chosen in range(1 << len(_SOURCES)):
        there = [one for place, one in enumerate(_SOURCES) if chosen >> place & 1]
        looked, listed = _Files(*there), _Listed(*there)
        match = Search(lambda: rules, looked).find(name)
        assert Search(lambda: rules, listed).find(name) == match, there
        found.add(match is not None)
    assert found == {True, False}


def test_what_a_listing_shows_is_not_looked_at() -> None:
    files = _Listed("a.c")
    assert Search(lambda: RULES, files).find("b.o") is None
    assert files.asked == []

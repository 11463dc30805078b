"""Accounts of variables and targets: every assignment with its fate, every rule that was tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from genode_tool.makefile import MemoInputs, Origin, RealInputs, resolve
from genode_tool.makefile.evaluator.references import references
from genode_tool.makefile.explain.accounts import RuleKind, TargetAccount
from genode_tool.makefile.explain.lint import lint
from genode_tool.makefile.explain.target import explain_target, find_target
from genode_tool.makefile.explain.variable import Effect, WatchedEvaluation, explain_variable


def evaluate(
    path: Path, text: str, *, variables: dict[str, str] | None = None
) -> WatchedEvaluation:
    (path / "Makefile").write_text(text)
    ev = WatchedEvaluation(
        MemoInputs(RealInputs()),
        cwd=str(path),
        environ={"FROM_OUTSIDE": "outside"},
        variables=variables,
        builtin_rules=False,
    )
    ev.include(f"{path}/Makefile")
    return ev


def target(path: Path, text: str, name: str) -> TargetAccount:
    ev = evaluate(path, text)
    found = explain_target(ev, resolve(ev, ("all",)), name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("plain", ()),
        ("$(A) ${B} $C $$D", ("A", "B", "C")),
        ("$(A:.c=.o) $(B:%=x%)", ("A", "B")),
        ("$(addprefix -I,$(DIRS))", ("DIRS",)),
        ("$(call f,$(X)) $(origin Y)", ("f", "X", "Y")),
        ("$(foreach v,$(LIST),$v $(v) $(W))", ("LIST", "W")),
        ("$(CC_OPT_$(basename $(FILE)))", ("FILE",)),
        ("$@ $(@D) $< $1 $(*F)", ()),
        ("$(if $(A),$(B),$(C))", ("A", "B", "C")),
    ],
)
def test_names_that_a_text_refers_to(raw: str, names: tuple[str, ...]) -> None:
    assert references(raw) == names


def test_assignments_in_order_with_their_fate(tmp_path: Path) -> None:
    ev = evaluate(tmp_path, "A = 1\nA += 2\nA := 3\nA += $(B)\nA ?= 4\nB = b\n")
    account = explain_variable(ev, "A")
    assert account is not None
    assert account.value == "3"
    told = [(one.operator, one.value, one.effect) for one in account.assignments]
    assert told == [
        ("=", "1", Effect.REPLACED),
        ("+=", "2", Effect.REPLACED),
        (":=", "3", Effect.COUNTS),
        ("+=", "$(B)", Effect.COUNTS),
        ("?=", "4", Effect.SET_ALREADY),
    ]
    places = [one.location.line for one in account.assignments if one.location]
    assert places == [1, 2, 3, 4, 5]
    assert [one.name for one in account.references] == ["B"]


def test_command_line_wins_and_is_told(tmp_path: Path) -> None:
    ev = evaluate(tmp_path, "A = file\noverride B = file\n", variables={"A": "x", "B": "x"})
    weak, strong = explain_variable(ev, "A"), explain_variable(ev, "B")
    assert weak is not None
    assert strong is not None
    assert weak.value == "x"
    assert [one.effect for one in weak.assignments] == [Effect.COUNTS, Effect.WEAKER]
    assert strong.value == "file"
    assert strong.origin is Origin.OVERRIDE
    assert strong.assignments[0].effect is Effect.REPLACED


def test_environment_undefine_and_target_specific_values(tmp_path: Path) -> None:
    text = "FROM_OUTSIDE += more\nU = 1\nundefine U\nU = 2\nmain.o: U = 3\n%.o: U += 4\nall:\n"
    ev = evaluate(tmp_path, text)
    outside, undefined = explain_variable(ev, "FROM_OUTSIDE"), explain_variable(ev, "U")
    assert outside is not None
    assert undefined is not None
    assert outside.value == "outside more"
    assert [one.origin for one in outside.assignments] == [Origin.ENVIRONMENT, Origin.FILE]
    assert [one.effect for one in undefined.assignments] == [
        Effect.REPLACED,
        Effect.REPLACED,
        Effect.COUNTS,
    ]
    assert [(one.target, one.assignment.value) for one in undefined.specific] == [
        ("main.o", "3"),
        ("%.o", "4"),
    ]
    assert explain_variable(ev, "NOWHERE") is None


def test_include_chain_of_an_assignment(tmp_path: Path) -> None:
    (tmp_path / "inner.mk").write_text("A = inner\n")
    (tmp_path / "outer.mk").write_text("\ninclude inner.mk\n")
    ev = evaluate(tmp_path, "include outer.mk\n")
    account = explain_variable(ev, "A")
    assert account is not None
    assert account.assignments[0].trail == (
        "included from outer.mk:2",
        f"included from {tmp_path}/Makefile:1",
    )


def test_value_that_refers_to_itself_is_a_problem_not_an_end(tmp_path: Path) -> None:
    ev = evaluate(tmp_path, "A = $(B)\nB = $(A)\n")
    account = explain_variable(ev, "A")
    assert account is not None
    assert "references itself" in account.problem


_RULES = """
all: main.o
vpath %.cc src
%.o: %.c
\tcc $<
%.o: %.cc
\tc++ $(OPT) $(NOBODY) $<
main.o: OPT = -O1
main.o: | dir
dir:
\tmkdir $@
"""


def test_pattern_rule_with_candidates_search_path_and_recipe(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.cc").touch()
    found = target(tmp_path, _RULES, "main.o")
    assert found.kind is RuleKind.PATTERN
    assert (found.pattern, found.stem) == ("%.o", "main")
    assert found.location is not None
    assert found.location.line == 6
    rejected, chosen = found.candidates
    assert not rejected.chosen
    assert rejected.why.startswith("main.c ")
    assert chosen.chosen
    (source,) = found.inputs
    assert (source.path, source.found_by) == ("src/main.cc", "vpath %.cc")
    assert source.location is not None
    assert source.location.line == 3
    assert [one.name for one in found.order_only] == ["dir"]
    assert [(one.name, one.value) for one in found.variables] == [("OPT", "-O1")]
    assert [one.text for one in found.commands] == ["c++ -O1  src/main.cc"]
    assert found.undefined == ("NOBODY",)
    assert found.needed_by == ("all",)


def test_all_places_that_were_searched(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    found = target(tmp_path, _RULES, "main.o")
    assert found.kind is RuleKind.NAME
    searched = [check.searched for one in found.candidates for check in one.checks]
    assert searched == [("main.c",), ("main.cc", "src/main.cc")]


def test_explicit_and_static_pattern_rules_and_sources(tmp_path: Path) -> None:
    (tmp_path / "a.in").touch()
    text = "all: a.out b\na.out: %.out: %.in\n\tcp $< $@\nb:\n\ttouch b\n"
    static = target(tmp_path, text, "a.out")
    assert (static.kind, static.stem) == (RuleKind.STATIC_PATTERN, "a")
    assert target(tmp_path, text, "b").kind is RuleKind.EXPLICIT
    assert target(tmp_path, text, "all").kind is RuleKind.NAME
    source = target(tmp_path, text, "a.in")
    assert source.kind is RuleKind.SOURCE
    assert source.needed_by == ("a.out",)


def test_target_is_found_by_other_names(tmp_path: Path) -> None:
    ev = evaluate(tmp_path, "all: sub/x.o\nsub/x.o:\n\ttouch $@\n")
    plan = resolve(ev, ("all",))
    for name in ("sub/x.o", "x.o", f"{tmp_path}/sub/x.o"):
        assert find_target(ev, plan, name) == "sub/x.o"
    assert find_target(ev, plan, f"{tmp_path.name}/sub/x.o", str(tmp_path.parent)) == "sub/x.o"
    assert find_target(ev, plan, "y.o") is None
    assert explain_target(ev, plan, "y.o") is None


def test_what_silently_bites_is_told(tmp_path: Path) -> None:
    text = (
        "SELF = $(SELF) more\n"
        "ONE = $(TWO)\nTWO = $(ONE)\n"
        "all:\n\techo $(NOBODY)\n\tNAME := value\n"
        "all:\n\techo $(NOBODY)\n\tNAME := value\n"
    )
    ev = evaluate(tmp_path, text)
    said = [one.text for one in lint(ev, resolve(ev, ("all",)))]
    assert "overriding recipe for target 'all'" in said
    assert "variable 'SELF' refers to itself: SELF -> SELF" in said
    assert any("ONE -> TWO -> ONE" in one for one in said)
    assert any("assignment to 'NAME'" in one for one in said)
    assert any("NOBODY" in one for one in said)


def test_a_sound_makefile_gives_no_warning(tmp_path: Path) -> None:
    ev = evaluate(tmp_path, "F = $(if $1,$(call F))\nA = $(B)\nB = b\nall:\n\techo $(A) $@\n")
    assert lint(ev, resolve(ev, ("all",))) == ()

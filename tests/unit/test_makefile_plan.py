"""Resolving goals to steps."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from genode_tool.makefile import Evaluation, MakefileError, Step, resolve
from tests.unit.test_makefile_language import Memory


def plan_of(text: str, goals: tuple[str, ...] = (), files: Mapping[str, str] | None = None):  # type: ignore[no-untyped-def]
    inputs = Memory({"Makefile": text, **(files or {})})
    ev = Evaluation(inputs, cwd="/tree", builtin_rules=False)
    ev.include("Makefile")
    return resolve(ev, goals)


def by_output(steps: tuple[Step, ...]) -> dict[str, Step]:
    return {output: step for step in steps for output in step.outputs}


def test_steps_come_after_what_they_need() -> None:
    plan = plan_of("all: b a\na: c ; one\nb: c ; two\nc: ; three\n")
    assert [step.outputs[0] for step in plan.steps] == ["c", "b", "a", "all"]


def test_inputs_stand_where_the_search_path_found_them() -> None:
    plan = plan_of(
        "vpath %.c src\nprog: main.o | dir\n\tlink $^\n%.o: %.c\n\tcc $< -o $@\ndir: ; mkdir $@\n",
        files={"src/main.c": ""},
    )
    steps = by_output(plan.steps)
    assert steps["main.o"].inputs == ("src/main.c",)
    assert steps["prog"].order_only == ("dir",)
    assert [one.text for one in steps["main.o"].recipe()] == ["cc src/main.c -o main.o"]
    assert plan.sources == ("src/main.c",)


def test_what_nothing_makes_is_listed_together() -> None:
    plan = plan_of("all: a b\na: x ; one\nb: y z ; two\nz: ;\n")
    assert [(one.file, one.needed_by, str(one.location)) for one in plan.missing] == [
        ("x", "a", "Makefile:2"),
        ("y", "b", "Makefile:3"),
    ]


def test_recipes_are_expanded_only_when_asked_for() -> None:
    plan = plan_of("all: ; echo $(eval X := set)$(X)\n")
    ev = plan.steps[0].graph.ev
    assert ev.find("X") is None
    assert [one.text for one in plan.steps[0].recipe()] == ["echo set"]


def test_prefixes_of_recipe_lines() -> None:
    plan = plan_of("all:\n\t@-one\n\t+two\n\t@\n\t$(MAKE) three\n")
    commands = plan.steps[0].recipe()
    assert [(c.text, c.silent, c.ignore, c.always) for c in commands] == [
        ("one", True, True, False),
        ("two", False, False, True),
        ("make three", False, False, True),
    ]
    assert [str(c.location) for c in commands] == ["Makefile:2", "Makefile:3", "Makefile:5"]


def test_target_specific_variables_hold_in_recipes_and_reach_prerequisites() -> None:
    plan = plan_of("v = g\nall: v = t\nall: a ; $(v)\na: v += own\na: ; $(v)\n%x: v = p\n")
    steps = by_output(plan.steps)
    assert [c.text for c in steps["a"].recipe()] == ["t own"]
    assert steps["all"].expand("$(v) $@ $<") == "t all a"


def test_pattern_rules_chain_and_mark_what_lies_between() -> None:
    plan = plan_of("all: a.z\n%.z: %.y ; z\n%.y: %.x ; y\n", files={"a.x": ""})
    assert [(s.outputs[0], s.intermediate) for s in plan.steps] == [
        ("a.y", True),
        ("a.z", False),
        ("all", False),
    ]


def test_one_step_for_several_outputs() -> None:
    plan = plan_of("all: a b c.h c.c\na b &: ; group\n%.h %.c: %.y ; gen\n", files={"c.y": ""})
    assert [step.outputs for step in plan.steps] == [("a", "b"), ("c.h", "c.c"), ("all",)]


def test_cycles_are_dropped_and_told() -> None:
    plan = plan_of("a: b ; one\nb: a ; two\n")
    assert plan.circular == (("b", "a"),)
    assert [step.outputs for step in plan.steps] == [("b",), ("a",)]


def test_double_colon_rules_are_steps_of_their_own() -> None:
    plan = plan_of("all:: a ; one $<\nall:: b ; two $<\na b: ;\n")
    assert [c.text for s in plan.steps for c in s.recipe()] == ["one a", "two b"]


def test_no_goal_at_all_is_an_error() -> None:
    with pytest.raises(MakefileError, match="No targets"):
        plan_of("A = 1\n")


def test_members_of_archives_have_no_plan() -> None:
    with pytest.raises(MakefileError, match=r"no plan for members of archives: lib\.a\(x\.o\)"):
        plan_of("lib.a(x.o): ; ar -r lib.a x.o\n", ("lib.a(x.o)",))

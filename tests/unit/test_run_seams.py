"""The seams of the run engine: procedures of themes, the two execution modes, Python scenarios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from genode_tool.errors import UserError
from genode_tool.run.api.procedure import procedure, procedures_of
from genode_tool.run.console.patterns import Span
from genode_tool.run.events import ScriptOutput
from genode_tool.run.plan import Expectation, PlannedImage, ScenarioPlan
from genode_tool.run.record.run_record import RunRecord
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.planning_mode import PLANNED_ID, PlanningMode
from genode_tool.run.scenario.running_mode import RunningMode
from genode_tool.run.scenario.script import ScriptPosition
from genode_tool.run.verdict import Outcome, ScenarioStop
from tests.shared.standin import Tree, make_tree


@dataclass
class _Script:
    """A script that consists of its variables."""

    variables: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        return self.variables.get(name)

    def set(self, name: str, value: str) -> None:
        self.variables[name] = value

    def invoke(self, name: str, *arguments: str) -> str:
        raise AssertionError(f"{name} {arguments}")

    def defines(self, name: str) -> bool:
        return False

    def split(self, text: str) -> tuple[str, ...]:
        return tuple(text.split())

    def search(self, pattern: str, text: str, *, nocase: bool = False) -> tuple[Span, ...] | None:
        raise AssertionError(pattern)

    def substitute(self, pattern: str, replacement: str, text: str) -> str:
        raise AssertionError(pattern)

    def where(self) -> ScriptPosition:
        return ScriptPosition(None)


@dataclass
class _Command:
    """See `StartCommand`; counts how often it is asked."""

    asked: int = 0

    def arguments(self) -> tuple[str, ...]:
        self.asked += 1
        return ("-m", "64")

    def command(self) -> tuple[str, ...]:
        self.asked += 1
        return ("qemu", "-m", "64")


@dataclass
class _Planning:
    tree: Tree
    plan: ScenarioPlan
    script: _Script
    mode: PlanningMode


@pytest.fixture
def planning(tmp_path: Path) -> _Planning:
    tree, plan, script = make_tree(tmp_path), ScenarioPlan(), _Script()
    return _Planning(tree, plan, script, PlanningMode(plan, tree, script))


@pytest.fixture
def running(tmp_path: Path) -> RunningMode:
    return RunningMode(RunRecord(tmp_path / "run"))


def _never() -> str:
    raise AssertionError("was performed")


class _Theme:
    def __init__(self, word: str) -> None:
        self._word = word

    @procedure()
    def plain(self) -> str:
        return self._word

    @procedure("::a::b", "c")
    def named(self, suffix: str) -> str:
        return self._word + suffix

    def helper(self) -> str:
        return "not a procedure"


class _Other:
    @procedure("c")
    def another(self) -> None:
        """Has a name that is taken."""


def test_a_theme_s_marked_methods_are_procedures_by_all_their_names() -> None:
    table = procedures_of([_Theme("x")])
    assert sorted(table) == ["::a::b", "c", "plain"]
    assert (table["plain"](), table["c"]("y"), table["::a::b"]("z")) == ("x", "xy", "xz")


def test_two_procedures_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two procedures are called c"):
        procedures_of([_Theme("x"), _Other()])


def test_actions_are_performed_in_a_run_and_left_out_of_a_plan(
    planning: _Planning, running: RunningMode
) -> None:
    both: list[ExecutionMode] = [running, planning.mode]
    assert [mode.perform(lambda: "done", "planned") for mode in both] == ["done", "planned"]
    assert planning.mode.start_program(("touch", "x"), _never, "planned") == "planned"
    assert running.start_program(("touch", "x"), lambda: "done", "planned") == "done"
    assert planning.plan.commands == [("touch", "x")]
    planning.mode.compare(_refuse)
    assert planning.plan.comparisons == 1


def test_what_is_missing_ends_a_run_but_not_a_plan(
    planning: _Planning, running: RunningMode
) -> None:
    stop = ScenarioStop(Outcome.UNSUPPORTED, "no such program")
    planning.mode.missing(stop)
    with pytest.raises(ScenarioStop) as caught:
        running.missing(stop)
    assert caught.value is stop


def test_a_plan_copies_small_files_within_its_own_directory_alone(
    planning: _Planning, tmp_path: Path
) -> None:
    inside, copied = planning.tree.path, list[Path]()
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"x")
    large.write_bytes(bytes((1 << 20) + 1))

    def copy(source: Path, target: Path) -> Callable[[], None]:
        return lambda: copied.append(target)

    for source, target in (
        (small, inside / "bin"),
        (small, inside / "bin/new"),
        (small, inside / "none/new"),
        (small, tmp_path / "outside"),
        (large, inside / "bin/large"),
        (tmp_path / "missing", inside / "bin/missing"),
    ):
        planning.mode.copy(source, target, copy(source, target))
    assert copied == [inside / "bin", inside / "bin/new"]


def test_the_image_of_a_plan_has_the_texts_that_the_script_wrote(planning: _Planning) -> None:
    directory = planning.tree.path / "var/run/x/genode"
    planning.mode.renew_boot_directory(directory)
    (directory / "config").write_text("<config/>")
    (directory / "binary").write_bytes(b"\xff\xfe")
    planning.mode.import_entry(Path("/depot/archive/init"), directory / "init")
    planning.plan.goals.append("core")
    planning.mode.make_image(("core", "init"), directory, lambda: ("core", "boot"), _refuse)
    texts = {"config": "<config/>", "init": ""}
    assert planning.plan.images == [PlannedImage(("core", "init"), texts)]
    assert planning.plan.goals == ["core", "boot"]


def _refuse() -> None:
    raise AssertionError("an image was made")


def test_the_first_start_of_a_plan_counts(planning: _Planning) -> None:
    first, second = _Command(), _Command()
    assert planning.mode.start_system(lambda: bool(_never()), first)
    once = Expectation("up", 5.0)
    assert planning.mode.await_system(once, _never, "planned", second) == "planned"
    assert (planning.plan.arguments, planning.plan.command) == (("-m", "64"), ("qemu", "-m", "64"))
    assert (first.asked, second.asked) == (2, 0)
    assert planning.plan.expectations == [once]
    assert planning.script.get("output_spawn_id") == PLANNED_ID


def test_a_plan_that_waits_without_end_is_ended(planning: _Planning) -> None:
    with pytest.raises(ScenarioStop) as caught:
        for _ in range(1000):
            planning.mode.await_system(Expectation("x", 1.0), _never, "", _Command())
    assert caught.value.outcome is Outcome.PASSED
    assert len(planning.plan.expectations) == 100


def test_artifacts_of_a_plan_are_those_that_its_goals_would_make(
    planning: _Planning, running: RunningMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning.plan.goals.append("init")
    assert planning.mode.artifacts(["built"]) == ("would-be-init",)
    assert running.artifacts(["built"]) == ["built"]

    def refuse(self: Tree, goals: list[str]) -> tuple[str, ...]:
        raise UserError("no such goal: init")

    monkeypatch.setattr(Tree, "artifacts_of", refuse)
    assert planning.mode.artifacts([]) == ()
    assert planning.plan.unknown_artifacts == "no such goal: init"


def test_a_python_scenario_has_procedures_output_and_guesses(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    tree.kernel = tree.board = "linux"
    script = tree.genode_dir / "repos/base/run/own.run.py"
    script.write_text(
        "def run(scenario):\n"
        "    scenario.create_boot_directory()\n"
        "    scenario.install_boot_module('a', 'b')\n"
        "    assert (scenario.genode_path / 'a').read_text() == 'b\\n'\n"
        "    scenario.output = 'x 1\\ny 2\\n'\n"
        "    scenario.grep_output('^y')\n"
        "    scenario.compare_output_to('y 2')\n"
        "    assert scenario.get_cmd_arg('--none', 'default') == 'default'\n"
        "    assert scenario._depot_api_versioned_name_pattern().startswith('^')\n"
        "    scenario.instal_config('x')\n"
    )
    from genode_tool.run.engine.scenario_runner import run_all
    from genode_tool.run.options import RunOptions

    (verdict,) = run_all(tree, ["own"], RunOptions(), tree.events.append)
    assert verdict.outcome is Outcome.SCRIPT_ERROR
    assert verdict.reason.startswith("AttributeError: no such procedure: instal_config; did you")
    assert "`install_config`" in verdict.reason
    assert verdict.location is not None and verdict.location.line == 10


def test_a_script_s_own_procedure_is_what_other_procedures_call(tmp_path: Path) -> None:
    tree = make_tree(tmp_path)
    tree.kernel = tree.board = "linux"
    (tree.path / "bin/core-linux").touch()
    tree.run(
        "proc run_image {} { puts {own run_image}; return 1 }\n"
        "proc check_syntax {file} { puts [file tail $file] }\n"
        "create_boot_directory\ninstall_config { <config/> }\n"
        "build_boot_image { core init }\n"
    )
    printed = [event.text for event in tree.events if isinstance(event, ScriptOutput)]
    assert printed == ["config", "own run_image"]

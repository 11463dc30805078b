"""The planner: follows run scripts without building, booting or changing anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.errors import GenodeError, UserError
from genode_tool.events import Sink, discard
from genode_tool.run.api.scenario import Scenario
from genode_tool.run.configuration.gate import ConfigurationGate
from genode_tool.run.context.build_side import BorrowedBuild, BuildSide, LightBuild
from genode_tool.run.context.run_scripts import find_scenario
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.engine.frontend import Frontend, frontend_of
from genode_tool.run.engine.plan_server import plan_confined, warn_of_weakness
from genode_tool.run.engine.run_switches import switches_of
from genode_tool.run.engine.verdicts import VerdictMaker
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.record.transcript import Transcript
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.planning_mode import PlanningMode
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.state import ScenarioState
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.verdict import Outcome, UnknownCommand, Verdict
from genode_tool.sandbox.copy import CopyEnded, CopyTimedOut
from genode_tool.scratch import scratch_directory

if TYPE_CHECKING:
    from genode_tool.run.tcl.interpreter import Interpreter

_LIGHT_SECONDS = 2.0  # for a script that, without a running system, never ends


@dataclass(frozen=True, slots=True)
class _PlannedBuild(BorrowedBuild):
    """A build directory of which a plan only borrows the facts; its own place is `scratch`."""

    scratch: Path

    @property
    def path(self) -> Path:
        """The plan's directory, in place of the build directory."""
        return self.scratch

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Refuse: raises `UserError`."""
        raise UserError(f"planning does not build {' '.join(goals)}")


def plan_all(
    build: BuildSide, names: Sequence[str], options: RunOptions, sink: Sink
) -> list[tuple[Verdict, ScenarioPlan]]:
    """Follow run scripts without building or booting; return what each asks for.

    Nothing is changed outside of a temporary directory. Raises `UserError` for an unknown name.
    """
    scripts = [(find_scenario(build.repositories, name), name) for name in names]
    switches = switches_of(build, options)
    planned: list[tuple[Verdict, ScenarioPlan]] = []
    warn_of_weakness(sink)
    for script, name in scripts:
        with scratch_directory("plan") as scratch:
            root = scratch.resolve()
            (root / "bin").mkdir()
            (root / "etc").mkdir()
            short = name.removeprefix("run/")
            context = ScenarioContext(
                name=short,
                script=script,
                build=_PlannedBuild(build, root),
                switches=switches,
                options=options,
                sink=sink,
                run_dir=root / "var/run" / short,
            )
            planned.append(_plan_elsewhere(context, build))
    return planned


def _plan_elsewhere(context: ScenarioContext, build: BuildSide) -> tuple[Verdict, ScenarioPlan]:
    """Return the plan of one scenario, made in a confined process."""

    def plan(seen: BuildSide, sink: Sink) -> tuple[Verdict, ScenarioPlan]:
        side = _PlannedBuild(seen, context.build.path)
        return _plan_one(replace(context, build=side, sink=sink))

    started = time.monotonic()
    try:
        return plan_confined(context, build, plan)
    except (CopyEnded, CopyTimedOut) as error:
        return VerdictMaker(context, started, record=None).of_error(error, None), ScenarioPlan()


def plan_lightly(
    build: BuildSide, name: str, switches: tuple[str, ...] = ()
) -> tuple[Verdict, ScenarioPlan]:
    """Follow a run script for a moment, without asking what its goals would make.

    `switches` are added to those of the build directory. Raises `UserError` for an unknown name.
    """
    options = RunOptions(switches=switches, plan_seconds=_LIGHT_SECONDS)
    ((verdict, plan),) = plan_all(LightBuild(build), [name], options, discard)
    return verdict, plan


def _plan_one(context: ScenarioContext) -> tuple[Verdict, ScenarioPlan]:
    verdicts = VerdictMaker(context, time.monotonic(), record=None)
    plan = ScenarioPlan()
    state: ScenarioState | None = None
    sure = False
    try:
        frontend = _frontend(context, plan)
        state = _state(context, plan, frontend, verdicts.started)
        scenario = Scenario(state, ConfigurationGate(context, frontend, plan))
        frontend.run(state, scenario.procedures)
        verdict = verdicts.of_outcome(Outcome.PASSED, "planned to its end")
    except GenodeError as error:
        verdict = verdicts.of_error(error, state)
        sure = isinstance(error, UnknownCommand)  # no output of a system would make it known
    if state and not plan.arguments:
        plan.arguments = frontend.split(frontend.get("qemu_args") or "")
    depends = plan.expectations and not sure
    if depends and verdict.outcome in (Outcome.SCRIPT_ERROR, Outcome.EXITED):
        plan.ended_early = f"depends on the system's output: {verdict.reason}"
        verdict = verdicts.of_outcome(Outcome.PASSED, plan.ended_early)
    return verdict, plan


def _frontend(context: ScenarioContext, plan: ScenarioPlan) -> Frontend:
    def confine(interpreter: Interpreter) -> None:
        from genode_tool.run.tcl.sandbox import confine

        confine(interpreter, plan, context.build.path)

    return frontend_of(context.script, seconds=context.options.plan_seconds, confine=confine)


def _state(
    context: ScenarioContext, plan: ScenarioPlan, frontend: Frontend, started: float
) -> ScenarioState:
    transcript = Transcript(context.name, context.sink, None, started)
    progress = Progress(context.name, context.sink, transcript, limit=None)
    consoles = Consoles(frontend)
    return ScenarioState(
        context=context,
        script=frontend,
        mode=PlanningMode(plan, context.build, frontend),
        plan=plan,
        progress=progress,
        consoles=consoles,
        system=RunningSystem(context, progress, consoles, record=None),
    )

"""The runner: builds, boots and judges scenarios one after the other."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from genode_tool.errors import GenodeError
from genode_tool.events import Note, Sink
from genode_tool.keeper import adopt_orphans
from genode_tool.orphans import no_orphans
from genode_tool.run.api.scenario import Scenario
from genode_tool.run.configuration.gate import ConfigurationGate
from genode_tool.run.context.build_side import BuildSide
from genode_tool.run.context.run_scripts import find_scenario
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.engine.frontend import frontend_of, is_python
from genode_tool.run.engine.run_switches import switches_of
from genode_tool.run.engine.scenario_planner import plan_lightly
from genode_tool.run.engine.verdicts import VerdictMaker
from genode_tool.run.events import ScenarioEnded, ScenarioStarted, VerdictReached
from genode_tool.run.machine.debugger import find_debugger
from genode_tool.run.options import RunOptions
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.record.run_record import RunRecord
from genode_tool.run.record.transcript import Transcript
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.running_mode import RunningMode
from genode_tool.run.scenario.script import ScriptPosition
from genode_tool.run.scenario.state import ScenarioState
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.scenario.time_limit import TimeLimit, TimeLimitReached, time_limit
from genode_tool.run.terminal_bridge import UserSide
from genode_tool.run.verdict import Outcome, ScenarioStop, Verdict

# What the same input brings about again: the script or the machine's set-up has to change.
_FINAL = (Outcome.UNSUPPORTED, Outcome.SCRIPT_ERROR, Outcome.BUILD_FAILED, Outcome.EXITED)


def run_all(
    build: BuildSide,
    names: Sequence[str],
    options: RunOptions,
    sink: Sink,
    user: UserSide | None = None,
) -> list[Verdict]:
    """Run scenarios in order and return a verdict for each; `user` as in `ScenarioContext`.

    Unknown names are refused before the first one starts (`UserError`). `KeyboardInterrupt`
    passes through after the machine is gone and the verdict is written.
    """
    scripts = [(find_scenario(build.repositories, name), name) for name in names]
    switches = switches_of(build, options)
    verdicts: list[Verdict] = []
    for index, (script, name) in enumerate(scripts, start=1):
        short = name.removeprefix("run/")
        sink(ScenarioStarted(short, script, build.kernel, build.board, index, len(scripts)))
        context = ScenarioContext(
            name=short,
            script=script,
            build=build,
            switches=switches,
            options=options,
            sink=sink,
            run_dir=build.path / ("var/image" if options.image_only else "var/run") / short,
            user=user,
        )
        verdicts.append(_run_until_good(context))
    return verdicts


def _run_until_good(context: ScenarioContext) -> Verdict:
    """Run a scenario, again when it fails, as often as the options grant; report its end."""
    for attempt in range(1, context.options.retries + 2):
        verdict = replace(_Run(context).execute(), attempts=attempt)
        again = not verdict.outcome.good and attempt <= context.options.retries
        if not again or verdict.outcome in _FINAL:
            break
        context.sink(Note(f"{context.name}: {verdict.reason}; running it again", "warning"))
    context.sink(ScenarioEnded(context.name, verdict))
    return verdict


class _Run:
    """One run of one scenario, from its record to its verdict."""

    def __init__(self, context: ScenarioContext) -> None:
        self._context = context
        self._verdicts = VerdictMaker(context, time.monotonic(), context.run_dir)
        self._state: ScenarioState | None = None
        self._record: RunRecord | None = None
        self._stuck_at = ScriptPosition(None)

    def execute(self) -> Verdict:
        """Run the script, stop everything that it started, and write the verdict."""
        context = self._context
        interrupted: KeyboardInterrupt | None = None
        with ExitStack() as stack:
            adopt_orphans()
            stack.enter_context(no_orphans())
            try:
                verdict = self._judge(stack)
                system = self._state.system if self._state else None
                if system and system.goes_on:
                    context.sink(VerdictReached(context.name, verdict, context.options.interactive))
                    system.go_on()
            except KeyboardInterrupt as error:
                interrupted = error
                verdict = self._verdicts.of_outcome(Outcome.INTERRUPTED, "interrupted")
            finally:
                if self._state:
                    self._stop(self._state)
            if self._record is not None and verdict.record is not None:
                self._record.note_verdict(verdict)
        if interrupted:
            context.sink(ScenarioEnded(context.name, verdict))
            raise interrupted
        return verdict

    def _judge(self, stack: ExitStack) -> Verdict:
        """Run the script and return the verdict; `stack` holds the record and the time limit."""
        limit: TimeLimit | None = None
        try:
            limit = stack.enter_context(time_limit(self._context.options, self._note_position))
            self._record = stack.enter_context(RunRecord(self._context.run_dir))
            self._run_script(self._record, limit)
            image = self._state.image.file if self._state else None
            return self._verdicts.of_outcome(Outcome.PASSED, "everything came as expected", image)
        except TimeLimitReached as error:
            TimeLimit.stop()
            return self._hung(error.seconds)
        except GenodeError as error:
            if limit and limit.over:  # Tcl swallowed what the handler raised
                limit.stop()
                return self._hung(limit.seconds)
            return self._verdicts.of_error(error, self._state)

    def _run_script(self, record: RunRecord, limit: TimeLimit | None) -> None:
        context, options = self._context, self._context.options
        frontend = frontend_of(context.script)
        plan = ScenarioPlan()
        transcript = Transcript(context.name, context.sink, record, self._verdicts.started)
        progress = Progress(context.name, context.sink, transcript, limit)
        # With a debugger, the system does not run while the user thinks.
        consoles = Consoles(frontend, context.user, limit, endless=options.gdb)
        state = ScenarioState(
            context=context,
            script=frontend,
            mode=RunningMode(record),
            plan=plan,
            progress=progress,
            consoles=consoles,
            system=RunningSystem(context, progress, consoles, record),
            record=record,
        )
        self._state = state
        if options.gdb:
            find_debugger(context.build)  # before anything takes its time
        gate = ConfigurationGate(context, frontend, plan, record)
        scenario = Scenario(state, gate)
        if not is_python(context.script):  # whose planning would run code that nothing confines
            gate.check_ahead(lambda: plan_lightly(context.build, context.name, options.switches)[1])
        frontend.run(state, scenario.procedures)

    def _stop(self, state: ScenarioState) -> None:
        """Stop the machine and every spawned program; switch a real machine off."""
        system, consoles = state.system, state.consoles
        system.stop()
        consoles.close_all()
        procedure, system.at_end = system.at_end, ""
        if procedure:
            try:
                with contextlib.chdir(self._context.build.path):  # where scripts are
                    state.script.invoke(procedure)
            except Exception as error:  # the verdict stands; Tcl's errors have a class of their own
                self._context.sink(Note(f"{self._context.name}: {procedure}: {error}", "warning"))
        state.progress.transcript.flush()

    def _note_position(self) -> None:
        """Note where the script stands, before what hangs there is cut off."""
        if self._state:
            with contextlib.suppress(Exception):  # the interpreter may be in any state
                position = self._state.script.where()
                self._stuck_at = position if position.location else self._stuck_at

    def _hung(self, seconds: float) -> Verdict:
        """Return the verdict for a scenario that was stopped from outside."""
        doing = self._state.progress.doing if self._state else ""
        stop = ScenarioStop(
            Outcome.TIMEOUT,
            f"hung in {doing or 'the run script'} and was ended after {seconds:g} s",
            location=self._stuck_at.location,
            trail=self._stuck_at.trail,
            hint="`--time-limit` grants more time",
        )
        return self._verdicts.of_error(stop, self._state)

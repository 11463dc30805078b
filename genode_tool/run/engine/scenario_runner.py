"""Runs scenarios one after the other and says how each ended."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from genode_tool.errors import GenodeError, UserError
from genode_tool.events import Note, Sink
from genode_tool.run.context.build_side import BorrowedBuild, BuildSide
from genode_tool.run.context.run_modules import LOCAL
from genode_tool.run.context.run_scripts import find_scenario
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import ScenarioEnded, ScenarioStarted, VerdictReached
from genode_tool.run.machine.debugger import find_debugger
from genode_tool.run.options import RunOptions, Switches
from genode_tool.run.plan import Plan
from genode_tool.run.record.run_record import Record
from genode_tool.run.scenario.session import Session
from genode_tool.run.scenario.watchdog import Ceiling, CeilingReached, ceiling
from genode_tool.run.terminal_bridge import UserSide
from genode_tool.run.verdict import (
    Evidence,
    Outcome,
    ScenarioStop,
    ScriptError,
    UnknownCommand,
    Verdict,
)

if TYPE_CHECKING:
    from genode_tool.run.python_frontend import PythonFrontend
    from genode_tool.run.tcl.frontend import TclFrontend


# What the same input brings about again: the script or the machine's set-up has to change.
_FINAL = (Outcome.UNSUPPORTED, Outcome.SCRIPT_ERROR, Outcome.BUILD_FAILED, Outcome.EXITED)


@dataclass(frozen=True, slots=True)
class _Planned(BorrowedBuild):
    """A build directory of which a plan only borrows the facts; its own place is `scratch`."""

    scratch: Path

    @property
    def path(self) -> Path:
        """See `BuildSide`."""
        return self.scratch

    def make(self, goals: Sequence[str]) -> tuple[str, ...]:
        """Refuse: raises `UserError`."""
        raise UserError(f"planning does not build {' '.join(goals)}")


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
            run_dir=build.path / "var/run" / short,
            user=user,
        )
        verdicts.append(_run_until_good(context))
    return verdicts


def plan_all(
    build: BuildSide, names: Sequence[str], options: RunOptions, sink: Sink
) -> list[tuple[Verdict, Plan]]:
    """Follow run scripts without building or booting; return what each asks for.

    Nothing is changed outside of a temporary directory.
    """
    scripts = [(find_scenario(build.repositories, name), name) for name in names]
    switches = switches_of(build, options)
    planned: list[tuple[Verdict, Plan]] = []
    for script, name in scripts:
        with tempfile.TemporaryDirectory(prefix="genode-plan-") as scratch:
            root = Path(scratch).resolve()
            (root / "bin").mkdir()
            (root / "etc").mkdir()
            short = name.removeprefix("run/")
            context = ScenarioContext(
                name=short,
                script=script,
                build=_Planned(build, root),
                switches=switches,
                options=options,
                sink=sink,
                run_dir=root / "var/run" / short,
            )
            planned.append(_plan_one(context))
    return planned


def switches_of(build: BuildSide, options: RunOptions) -> Switches:
    """Return the words of `RUN_OPT` and of the call.

    A build directory that names no run modules gets the ones that fit its kernel.
    """
    words = Switches.parse(build.variable("RUN_OPT"), origin="RUN_OPT").words + options.switches
    switches = Switches(words)
    kinds = {include.split("/")[0] for include in switches.includes}
    if options.image_format and f"image/{options.image_format}" not in switches.includes:
        words += ("--include", f"image/{options.image_format}")
    if options.image_only:
        return _without_log(Switches(words))
    way = "linux" if build.kernel == "linux" else "qemu"
    wanted = [("boot_dir", build.kernel), ("power_on", way), ("log", way)]
    if "log" in kinds and not any(f"log/{one}" in switches.includes for one in LOCAL):
        wanted.remove(("power_on", way))  # a real machine that somebody else switches on
    for kind, name in wanted:
        if kind not in kinds and not ("power_on" in kinds and kind == "log"):
            words += ("--include", f"{kind}/{name}")
    return Switches(words)


def _without_log(switches: Switches) -> Switches:
    """Leave out what starts the system and listens to it: the image alone is wanted."""
    kept: list[str] = []
    words = iter(switches.words)
    for word in words:
        if word == "--include":
            module = next(words, "")
            if module.split("/")[0] in ("power_on", "log", "load"):
                continue
            kept += [word, module]
        else:
            kept.append(word)
    return Switches(tuple(kept))


def _run_until_good(context: ScenarioContext) -> Verdict:
    """Run a scenario, again when it fails, as often as the options grant; report its end."""
    for attempt in range(1, context.options.retries + 2):
        verdict = replace(_run_one(context), attempts=attempt)
        again = not verdict.outcome.good and attempt <= context.options.retries
        if not again or verdict.outcome in _FINAL:
            break
        context.sink(Note(f"{context.name}: {verdict.reason}; running it again", "warning"))
    context.sink(ScenarioEnded(context.name, verdict))
    return verdict


def _run_one(context: ScenarioContext) -> Verdict:
    started = time.monotonic()
    interrupted: KeyboardInterrupt | None = None
    record: Record | None = None
    session: Session | None = None
    limit: Ceiling | None = None

    def reached() -> None:
        if session:
            session.note_stuck()

    with ExitStack() as stack:
        try:
            try:
                limit = stack.enter_context(ceiling(context.options, reached))
                record = stack.enter_context(Record(context.run_dir))
                frontend = _frontend(context)
                session = Session(context, record, frontend, started, ceiling=limit)
                if context.options.gdb:
                    find_debugger(context.build)  # before anything takes its time
                frontend.run(session)
                verdict = _verdict(context, Outcome.PASSED, "everything came as expected", started)
                verdict = replace(verdict, image=session.image)
            except CeilingReached as error:
                Ceiling.stop()
                verdict = _hung(context, error.seconds, session, started)
            except GenodeError as error:
                if limit and limit.over:  # Tcl kept what its handler raised
                    limit.stop()
                    verdict = _hung(context, limit.seconds, session, started)
                else:
                    verdict = _failed(context, error, session, started)
            if session and session.goes_on:
                context.sink(VerdictReached(context.name, verdict, context.options.interactive))
                session.go_on()
        except KeyboardInterrupt as error:
            interrupted = error
            verdict = _verdict(context, Outcome.INTERRUPTED, "interrupted", started)
        finally:
            if session:
                session.stop_all()
                session.flush()
        if record is not None and verdict.record is not None:
            record.note_verdict(verdict)
    if interrupted:
        context.sink(ScenarioEnded(context.name, verdict))
        raise interrupted
    return verdict


def _plan_one(context: ScenarioContext) -> tuple[Verdict, Plan]:
    started = time.monotonic()
    session: Session | None = None
    sure = False
    try:
        frontend = _frontend(context)
        session = Session(context, None, frontend, started)
        frontend.run(session)
        verdict = _verdict(context, Outcome.PASSED, "planned to its end", started)
    except GenodeError as error:
        verdict = _failed(context, error, session, started)
        sure = isinstance(error, UnknownCommand)  # no output of a system would make it known
    plan = session.plan if session else Plan()
    if session and not plan.arguments:
        plan.arguments = session.frontend.split(session.frontend.get("qemu_args") or "")
    depends = plan.expectations and not sure
    if depends and verdict.outcome in (Outcome.SCRIPT_ERROR, Outcome.EXITED):
        plan.ended_early = f"depends on the system's output: {verdict.reason}"
        verdict = _verdict(context, Outcome.PASSED, plan.ended_early, started)
    return verdict, plan


def _frontend(context: ScenarioContext) -> TclFrontend | PythonFrontend:
    if context.script.suffix == ".py":
        from genode_tool.run.python_frontend import PythonFrontend

        return PythonFrontend(context.script)
    from genode_tool.run.tcl.frontend import TclFrontend

    return TclFrontend()


def _verdict(context: ScenarioContext, outcome: Outcome, reason: str, started: float) -> Verdict:
    return Verdict(
        name=context.name,
        kernel=context.build.kernel,
        board=context.build.board,
        outcome=outcome,
        exit_code=outcome.exit_code,
        reason=reason,
        seconds=time.monotonic() - started,
        record=context.run_dir if not context.options.plan else None,
    )


def _hung(
    context: ScenarioContext, seconds: float, session: Session | None, started: float
) -> Verdict:
    """Return the verdict for a scenario that did not end by itself."""
    doing = session.doing if session else ""
    stop = ScenarioStop(
        Outcome.TIMEOUT,
        f"hung in {doing or 'the run script'} and was ended after {seconds:g} s",
        location=session.stuck_at.location if session else None,
        trail=session.stuck_at.trail if session else (),
        hint="`--ceiling` grants more time",
    )
    return _failed(context, stop, session, started)


def _failed(
    context: ScenarioContext, error: GenodeError, session: Session | None, started: float
) -> Verdict:
    """Return the verdict for what ended a script."""
    if isinstance(error, ScenarioStop):
        outcome, exit_code, evidence = error.outcome, error.exit_code, error.evidence
    else:
        outcome = Outcome.SCRIPT_ERROR if isinstance(error, ScriptError) else Outcome.ERROR
        exit_code, evidence = error.exit_code, Evidence()
    if outcome is Outcome.UNSUPPORTED and context.options.skip_unfit:
        outcome, exit_code = Outcome.SKIPPED, 0
    if session and evidence == Evidence():
        evidence = session.evidence()
    return Verdict(
        name=context.name,
        kernel=context.build.kernel,
        board=context.build.board,
        outcome=outcome,
        exit_code=exit_code,
        reason=error.message,
        seconds=time.monotonic() - started,
        record=context.run_dir if session and not context.options.plan else None,
        evidence=evidence,
        location=error.location,
        trail=error.trail,
        hint=error.hint,
        image=session.image if session else None,
    )

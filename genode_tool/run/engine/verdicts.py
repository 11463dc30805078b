"""Verdicts: made when a script has come to its end, or of the error that ended it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from genode_tool.errors import GenodeError
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.scenario.state import ScenarioState
from genode_tool.run.verdict import Evidence, Outcome, ScenarioStop, ScriptError, Verdict


@dataclass(frozen=True, slots=True)
class VerdictMaker:
    """Makes verdicts of a scenario that began at `started`, in seconds of `time.monotonic()`.

    `record` is the directory of the run's record, None for a plan.
    """

    context: ScenarioContext
    started: float
    record: Path | None

    def of_outcome(self, outcome: Outcome, reason: str, image: Path | None = None) -> Verdict:
        """Return the verdict for a script that ended without an error."""
        return Verdict(
            name=self.context.name,
            kernel=self.context.build.kernel,
            board=self.context.build.board,
            outcome=outcome,
            exit_code=outcome.exit_code,
            reason=reason,
            seconds=time.monotonic() - self.started,
            record=self.record,
            image=image,
        )

    def of_error(self, error: GenodeError, state: ScenarioState | None) -> Verdict:
        """Return the verdict for the error that ended a script; `state` is None before it began."""
        if isinstance(error, ScenarioStop):
            outcome, exit_code, evidence = error.outcome, error.exit_code, error.evidence
        else:
            outcome = Outcome.SCRIPT_ERROR if isinstance(error, ScriptError) else Outcome.ERROR
            exit_code, evidence = error.exit_code, Evidence()
        if outcome is Outcome.UNSUPPORTED and self.context.options.skip_unfit:
            outcome, exit_code = Outcome.SKIPPED, 0
        if state and evidence == Evidence():
            evidence = state.progress.evidence()
        return Verdict(
            name=self.context.name,
            kernel=self.context.build.kernel,
            board=self.context.build.board,
            outcome=outcome,
            exit_code=exit_code,
            reason=error.message,
            seconds=time.monotonic() - self.started,
            record=self.record if state else None,
            evidence=evidence,
            location=error.location,
            trail=error.trail,
            hint=error.hint,
            image=state.image.file if state else None,
        )

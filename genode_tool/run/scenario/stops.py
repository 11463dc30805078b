"""The exceptions that end a script early, with the place where the script stands."""

from __future__ import annotations

from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.scenario.script import HasPlace
from genode_tool.run.verdict import Evidence, Outcome, ScenarioStop


def stop(
    script: HasPlace,
    outcome: Outcome,
    message: str,
    *,
    exit_code: int | None = None,
    evidence: Evidence | None = None,
    hint: str = "",
    trail: tuple[str, ...] = (),
) -> ScenarioStop:
    """Return the exception that ends the script where it stands."""
    place = script.where()
    return ScenarioStop(
        outcome,
        message,
        exit_code=exit_code,
        evidence=evidence,
        location=place.location,
        trail=trail or place.trail,
        hint=hint,
    )


def unmet(script: HasPlace, plan: ScenarioPlan, message: str, hint: str = "") -> ScenarioStop:
    """Return the exception for a requirement that this build directory does not meet."""
    plan.unmet = message
    return stop(script, Outcome.UNSUPPORTED, message, hint=hint)

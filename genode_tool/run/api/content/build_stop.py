"""The end of a script because something could not be built."""

from __future__ import annotations

from genode_tool.errors import GenodeError
from genode_tool.run.context.build_side import PortsMissing
from genode_tool.run.options import RunOptions
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop
from genode_tool.run.verdict import Evidence, Outcome, ScenarioStop


def build_stop(script: Script, options: RunOptions, error: GenodeError) -> ScenarioStop:
    """Return the error that ends a script when a build ended with `error`.

    A scenario whose ports are not prepared is skipped, if the options say so.
    """
    ports = error.ports if isinstance(error, PortsMissing) else ()
    evidence = Evidence(missing_ports=ports) if ports else None
    if ports and options.skip_unfit:
        return stop(script, Outcome.UNSUPPORTED, error.message, hint=error.hint, evidence=evidence)
    return stop(
        script,
        Outcome.BUILD_FAILED,
        f"build failed: {error}",
        trail=error.trail,
        hint=error.hint,
        evidence=evidence,
    )

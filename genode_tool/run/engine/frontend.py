"""The choice of the front end that executes a run script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from genode_tool.run.api.procedure import Procedure
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.state import ScenarioState

if TYPE_CHECKING:
    from genode_tool.run.tcl.interpreter import Interpreter


class Frontend(Script, Protocol):
    """A language in which scenarios are written, with one script of it."""

    def run(self, state: ScenarioState, procedures: Mapping[str, Procedure]) -> None:
        """Run the script to its end, in the build directory; it can call `procedures`.

        Raises `ScriptError` for a mistake in it, `ScenarioStop` when it ends early, and whatever a
        procedure raises.
        """


def is_python(script: Path) -> bool:
    """Return whether a script is written in Python; others are Tcl."""
    return script.suffix == ".py"


def frontend_of(
    script: Path,
    *,
    seconds: float | None = None,
    confine: Callable[[Interpreter], None] | None = None,
) -> Frontend:
    """Return the front end for a script.

    A Tcl script ends after `seconds`, if given. `confine` keeps its interpreter from changing
    anything. Raises `EnvironmentProblem` when Python has no Tcl binding.
    """
    if is_python(script):
        from genode_tool.run.python_frontend import PythonFrontend

        return PythonFrontend(script)
    from genode_tool.run.tcl.frontend import TclFrontend

    return TclFrontend(seconds=seconds, confine=confine)

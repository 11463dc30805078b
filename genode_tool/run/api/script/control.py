"""Procedures behind the commands of Tcl that end a script, print, or let time pass."""

from __future__ import annotations

from genode_tool.run.api.procedure import procedure
from genode_tool.run.plan import ScenarioPlan
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.execution_mode import ExecutionMode
from genode_tool.run.scenario.numbers import integer
from genode_tool.run.scenario.numbers import seconds as number_of_seconds
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script
from genode_tool.run.scenario.stops import stop, unmet
from genode_tool.run.verdict import Outcome


class Control:
    """Procedures behind the Tcl front end's `exit`, `assert`, `puts`, `after` and `sleep`."""

    def __init__(
        self,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        progress: Progress,
        consoles: Consoles,
    ) -> None:
        self._script = script
        self._mode = mode
        self._plan = plan
        self._progress = progress
        self._consoles = consoles

    @procedure("::genode::exit")
    def exit(self, status: str = "0") -> None:
        """End the script with an exit status; 0 means that the scenario passed."""
        code = integer(str(status))
        passed = code == 0
        raise stop(
            self._script,
            Outcome.PASSED if passed else Outcome.EXITED,
            "the script ended itself" if passed else f"the script ended with `exit {code}`",
            exit_code=code,
            evidence=self._progress.evidence(),
        )

    @procedure("::genode::unmet")
    def unmet(self, expression: str, message: str) -> None:
        """End the script because a condition of its `assert` does not hold."""
        condition = " ".join(expression.split())
        shown = " ".join(message.split()) or f"requirement not met: {condition}"
        hint = f"the script demands {condition}" if message else ""
        raise unmet(self._script, self._plan, shown, hint)

    @procedure("::genode::print")
    def print(self, channel: str, text: str, newline: str) -> None:
        """Print a text on `stdout` or `stderr`."""
        self._progress.print(text, error=channel == "stderr", newline=newline == "1")

    @procedure("sleep")
    def sleep(self, seconds: str) -> None:
        """Let seconds pass, while what programs print is taken in."""
        time = number_of_seconds(str(seconds))
        self._mode.perform(lambda: self._consoles.sleep(time), None)

    @procedure("::genode::sleep_ms")
    def sleep_ms(self, milliseconds: str) -> None:
        """Let milliseconds pass."""
        self.sleep(str(integer(str(milliseconds)) / 1000))

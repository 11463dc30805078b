"""Procedures that start the scenario's system and wait for what it prints."""

from __future__ import annotations

from genode_tool.run.api.procedure import procedure
from genode_tool.run.api.system.system_output import FOREVER, SystemOutput
from genode_tool.run.api.system.system_start import SystemStart
from genode_tool.run.context.run_modules import SystemModules
from genode_tool.run.context.scenario_context import ScenarioContext
from genode_tool.run.events import Phase
from genode_tool.run.plan import Expectation, ScenarioPlan
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.execution_mode import ExecutionMode, StartCommand
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script, Words, is_true, words_of
from genode_tool.run.scenario.stops import stop, unmet
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.verdict import Outcome, ScenarioStop

_NOBODY = "-1"
_NO_LIMIT = "-1"
"""The seconds of a wait that nothing but its pattern ends."""


class Execution:
    """Starting, listening, waiting, stopping."""

    def __init__(
        self,
        context: ScenarioContext,
        script: Script,
        mode: ExecutionMode,
        plan: ScenarioPlan,
        progress: Progress,
        *,
        consoles: Consoles,
        system: RunningSystem,
        modules: SystemModules,
        start: SystemStart,
        output: SystemOutput,
        command: StartCommand,
    ) -> None:
        """`output` waits for what the system prints, `command` is its command line in a plan."""
        self._context = context
        self._script = script
        self._mode = mode
        self._plan = plan
        self._progress = progress
        self._consoles = consoles
        self._system = system
        self._modules = modules
        self._start = start
        self._output = output
        self._command = command
        self._boot_failure: ScenarioStop | None = None

    @procedure()
    def run_genode_until(
        self,
        wait_for_re: str = FOREVER,
        timeout_value: str = "0",
        running_spawn_id: Words = _NOBODY,
    ) -> None:
        """Start the scenario, or go on listening to a running one, until a pattern matches.

        `timeout_value` is in seconds. What was printed up to the match is added to `output`.
        Ends the script with timeout, end of output, or reboot.
        """
        pattern = self._context.options.until or wait_for_re
        if wait_for_re == FOREVER:
            timeout_value = _NO_LIMIT  # also for the pattern that the user gives instead
        self._mode.await_system(
            self._expectation(pattern, timeout_value),
            lambda: self._run_until(pattern, timeout_value, running_spawn_id),
            None,
            self._command,
        )

    def _run_until(self, pattern: str, timeout_value: str, running: Words) -> None:
        call = self._script.invoke
        ids = " ".join(words_of(self._script, running))
        if ids != _NOBODY:
            call("wait_for_output", pattern, timeout_value, ids)
        else:
            if pattern == FOREVER and call("have_cmd_switch", "--autopilot") == "1":
                message = "a scenario that runs forever cannot run with --autopilot"
                raise unmet(self._script, self._plan, message)
            self._start_and_wait(pattern, timeout_value)
        if self._context.options.until:
            raise stop(self._script, Outcome.PASSED, f'"{pattern}" came')

    @procedure()
    def wait_for_output(
        self, wait_for_re: str, timeout_value: str, running_spawn_id: Words
    ) -> None:
        """Wait for a pattern in the output of running programs."""
        self._mode.await_system(
            self._expectation(wait_for_re, timeout_value),
            lambda: self._output.wait(wait_for_re, timeout_value, running_spawn_id),
            None,
            self._command,
        )

    @procedure()
    def output_spawn_id(self) -> str:
        """Return the spawn id of the scenario's log."""
        return self._script.get("output_spawn_id") or _NOBODY

    @procedure()
    def kill_spawned(self, spawn_id: str) -> None:
        """Kill a running program and forget it."""
        console = self._consoles.open.get(spawn_id)
        if console is None:
            return
        if console.on_text is not None:
            self._system.stop()
            return
        del self._consoles.open[spawn_id]
        console.stop()

    @procedure()
    def run_log(self, wait_for_re: str, timeout_value: str) -> bool:
        """Wait for the proof of a boot, then for the pattern; false when it does not boot."""
        return self._mode.await_system(
            self._expectation(wait_for_re, timeout_value),
            lambda: self._boot_and_wait(wait_for_re, timeout_value),
            True,
            self._command,
        )

    def _boot_and_wait(self, pattern: str, timeout_value: str) -> bool:
        self._start.listen_if_silent()
        spawn_id = self.output_spawn_id()
        # The user's own pattern means any line of the log; a script's, what follows the proof.
        transfer = not self._context.options.until
        self._boot_failure = self._output.await_boot(
            spawn_id, pattern, timeout_value, transfer=transfer
        )
        if self._boot_failure:
            return False
        self._script.invoke("wait_for_output", pattern, timeout_value, spawn_id)
        return True

    def _start_and_wait(self, pattern: str, timeout_value: str) -> None:
        """Boot, again when it fails, as often as the options grant.

        A second attempt that printed exactly the same as the first is the last one.
        """
        call = self._script.invoke
        if not any(name.startswith("log/") for name in self._context.switches.includes):
            raise stop(
                self._script,
                Outcome.PASSED,
                "the image is made; no log module is in use, so nothing is started",
            )
        log = self._modules.log
        attempts = self._context.options.boot_attempts
        former: tuple[str, ...] | None = None
        for attempt in range(1, attempts + 1):
            with self._progress.phase(Phase.START, f"attempt {attempt}" if attempt > 1 else ""):
                powered = is_true(call("run_power_cycle"))
            loaded = powered and is_true(call("run_load"))
            with self._system.log_spawned(log is not None and log.site is not None):
                if loaded and is_true(call("run_log", pattern, timeout_value)):
                    return
            failure = self._boot_failure or self._output.failed(
                Outcome.TIMEOUT, "the machine cannot be started"
            )
            printed = failure.evidence.last_lines
            if printed == former or attempt == attempts:
                raise failure
            former = printed
            self._progress.warn(f"{failure.message}; starting it again")

    def _expectation(self, pattern: str, timeout_value: str) -> Expectation:
        endless = pattern == FOREVER
        return Expectation(pattern, None if endless else self._output.seconds(timeout_value))

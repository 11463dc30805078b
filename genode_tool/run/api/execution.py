"""Procedures that start the scenario and wait for what it prints."""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.deadline import Deadline
from genode_tool.run.api.base import Words, command
from genode_tool.run.api.planning import FOREVER
from genode_tool.run.api.power import Power
from genode_tool.run.console.channel import PtyProcess
from genode_tool.run.console.patterns import Pattern, PatternKind, glob, regex
from genode_tool.run.console.wait import Case, Console, Ending, Match
from genode_tool.run.events import Phase
from genode_tool.run.machine.cpu_starvation import Starvation
from genode_tool.run.machine.lines import BOOT_SECONDS, CommandLine, TcpLine
from genode_tool.run.machine.qemu import QemuMachine
from genode_tool.run.verdict import Outcome, ScenarioStop

_NOBODY = "-1"


class Execution(Power):
    """Starting, listening, waiting, ending."""

    @command
    def run_genode_until(
        self,
        wait_for_re: str = FOREVER,
        timeout_value: str = "0",
        running_spawn_id: Words = _NOBODY,
    ) -> None:
        """Start the scenario, or go on listening to a running one, until a pattern matches.

        `timeout_value` is in seconds. What was printed up to the match is added to `output`.
        Ends the script with time-out, end of output, or reboot.
        """
        until = self.context.options.until
        wait_for_re = until or wait_for_re
        seconds = self._seconds(timeout_value)
        if self.session.planning:
            self.plan_wait(wait_for_re, seconds)
            return
        call = self.session.frontend.invoke
        ids = " ".join(self.words(running_spawn_id))
        if ids != _NOBODY:
            call("wait_for_output", wait_for_re, timeout_value, ids)
        else:
            if wait_for_re == FOREVER and call("have_cmd_switch", "--autopilot") == "1":
                raise self.unmet("a scenario that runs for ever is not for the autopilot")
            self._start_and_wait(wait_for_re, timeout_value)
        if until:
            raise self.stop(Outcome.PASSED, f'"{until}" came')

    @command
    def wait_for_output(
        self, wait_for_re: str, timeout_value: str, running_spawn_id: Words
    ) -> None:
        """Wait for a pattern in the output of running programs."""
        if self.session.planning:
            self.plan_wait(wait_for_re, self._seconds(timeout_value))
            return
        consoles = self._consoles(running_spawn_id)
        machine = any(console.on_text is not None for console in consoles)
        cases: list[Case] = []
        boot_message = self.session.frontend.invoke("run_boot_string") if machine else ""
        if boot_message and self.session.booted:
            cases.append(Case(glob(boot_message), consoles))
        reboot_cases = len(cases)
        endless = wait_for_re == FOREVER
        if not endless:
            cases.append(Case(regex(wait_for_re), consoles))
        cases.append(Case(Pattern(PatternKind.EOF), consoles))
        self.session.expecting = "" if endless else wait_for_re
        self.session.endless = endless
        seconds = None if endless else self._seconds(timeout_value)
        with self.session.phase(Phase.EXECUTE, wait_for_re):
            match, added = self._wait_fairly(cases, seconds)
            if match.ending is Ending.TIMEOUT:
                raise self._timed_out(wait_for_re, seconds or 0.0, added)
            if match.ending is Ending.EOF:
                raise self._ended(match.console, endless=endless)
            if match.case is not None and match.case < reboot_cases:
                raise self._failed(Outcome.REBOOT, "the machine rebooted unexpectedly")
        self.session.expecting = ""
        self.output += match.text

    @command
    def output_spawn_id(self) -> str:
        """Return the spawn id of the scenario's log."""
        return self.session.frontend.get("output_spawn_id") or _NOBODY

    @command
    def kill_spawned(self, spawn_id: str) -> None:
        """Kill a running program and forget it."""
        console = self.session.consoles.pop(spawn_id, None)
        if console is None:
            return
        if console.on_text is not None:
            self.session.consoles[spawn_id] = console
            self.session.stop_machine()
        elif isinstance(console.channel, PtyProcess):
            console.channel.stop()

    @command
    def run_log(self, wait_for_re: str, timeout_value: str) -> bool:
        """Wait for the proof of a boot, then for the pattern; false when it does not boot."""
        if self.session.planning:
            self.plan_wait(wait_for_re, self._seconds(timeout_value))
            return True
        self.listen_if_silent()
        spawn_id = self.output_spawn_id()
        boot_message = self.session.frontend.invoke("run_boot_string")
        self.session.boot_failure = None
        if boot_message:
            failure = self._await_boot(boot_message, spawn_id, wait_for_re, timeout_value)
            if failure:
                self.session.boot_failure = failure
                return False
        if isinstance(self.session.machine, QemuMachine):
            self.session.machine.note_booted()
        self.session.booted = True
        self.session.frontend.invoke("wait_for_output", wait_for_re, timeout_value, spawn_id)
        return True

    def _start_and_wait(self, wait_for_re: str, timeout_value: str) -> None:
        """Boot, again when it fails, as often as the options grant.

        A second attempt that printed exactly the same as the first is the last one.
        """
        call = self.session.frontend.invoke
        if not any(name.startswith("log/") for name in self.context.switches.includes):
            raise self.stop(
                Outcome.PASSED, "the image is made; no log module is in use, so nothing is started"
            )
        former: tuple[str, ...] | None = None
        for attempt in range(1, self.context.options.boot_attempts + 1):
            with self.session.phase(Phase.START, f"attempt {attempt}" if attempt > 1 else ""):
                powered = self.is_true(call("run_power_cycle"))
            loaded = powered and self.is_true(call("run_load"))
            with self.session.hearing("log" in self.modules and bool(self.modules["log"].site)):
                if loaded and self.is_true(call("run_log", wait_for_re, timeout_value)):
                    return
            stop = self.session.boot_failure or self._failed(
                Outcome.TIMEOUT, "the machine cannot be started"
            )
            printed = stop.evidence.last_lines
            if printed == former or attempt == self.context.options.boot_attempts:
                raise stop
            former = printed
            self.session.print(f"{stop.message}; trying again", error=True)

    def _await_boot(
        self, boot_message: str, spawn_id: str, wait_for_re: str, timeout_value: str
    ) -> ScenarioStop | None:
        consoles = self._consoles(spawn_id)
        cases = [Case(glob(boot_message), consoles), Case(Pattern(PatternKind.EOF), consoles)]
        seconds = None if wait_for_re == FOREVER else self._seconds(timeout_value)
        if seconds is not None and isinstance(self.session.machine, CommandLine | TcpLine):
            seconds = max(seconds, BOOT_SECONDS * self.context.options.timeout_scale)
        self.session.expecting = boot_message.strip()
        with self.session.phase(Phase.BOOT, boot_message.strip()):
            match, added = self._wait_fairly(cases, seconds)
            if match.ending is Ending.TIMEOUT:
                shown = boot_message.strip()
                return self._timed_out(shown, seconds or 0.0, added, "no boot: ")
            if match.ending is Ending.EOF:
                raise self._ended(match.console, endless=False)
        return None

    def _wait_fairly(self, cases: Sequence[Case], seconds: float | None) -> tuple[Match, float]:
        """Wait at most `seconds` in which the machine had a processor when it wanted one.

        Returns the match and the seconds added for those in which it had none.
        """
        machine = self.session.machine
        starvation = Starvation(machine.pid) if machine and machine.pid and seconds else None
        match = self.session.wait(cases, Deadline.after(seconds))
        added = 0.0
        while starvation and seconds and match.ending is Ending.TIMEOUT:
            more = starvation.grace(seconds, added)
            if not more:
                break
            added += more
            match = self.session.wait(cases, Deadline.after(more))
        return match, added

    def _seconds(self, timeout_value: str) -> float | None:
        try:
            seconds = float(timeout_value)
        except ValueError:
            raise self.stop(
                Outcome.SCRIPT_ERROR, f'time-out is "{timeout_value}": wanted seconds'
            ) from None
        return None if seconds < 0 else seconds * self.context.options.timeout_scale

    def _consoles(self, ids: Words) -> tuple[Console, ...]:
        consoles = self.session.consoles
        found = tuple(consoles[name] for name in self.words(ids) if name in consoles)
        if not found:
            raise self.stop(
                Outcome.SCRIPT_ERROR,
                f'spawn id "{ids}" names no running program',
                hint="start the scenario first, with run_genode_until and no spawn id",
            )
        return found

    def _timed_out(
        self, pattern: str, seconds: float, added: float, prefix: str = ""
    ) -> ScenarioStop:
        state = (
            self.session.machine.state() if isinstance(self.session.machine, QemuMachine) else ""
        )
        trouble = self.session.trouble
        return self._failed(
            Outcome.TIMEOUT,
            f'{prefix}"{pattern}" did not come within {seconds:g} s'
            + (f" and {added:.1f} s without a free processor" if added else "")
            + (f"; {state}" if state else "")
            + (f'; the log says "{trouble}"' if trouble else ""),
        )

    def _ended(self, console: Console | None, *, endless: bool) -> ScenarioStop:
        machine = self.session.machine
        if console is not None and console.on_text is None:
            return self._failed(Outcome.END_OF_OUTPUT, f"{console.name} ended")
        why = machine.why_ended() if machine else f"{console.name if console else 'all'} ended"
        if endless and (why.endswith("exit status 0") or "switched the machine off" in why):
            return self.stop(Outcome.PASSED, why)
        wanted = f' before "{self.session.expecting}" came' if self.session.expecting else ""
        return self._failed(Outcome.END_OF_OUTPUT, f"output ended{wanted}: {why}")

    def _failed(self, outcome: Outcome, message: str) -> ScenarioStop:
        return self.stop(outcome, message, evidence=self.session.evidence())

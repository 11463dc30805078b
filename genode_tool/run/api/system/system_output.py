"""Waits for the output of a system, and the reasons for which they fail."""

from __future__ import annotations

from collections.abc import Sequence

from genode_tool.deadline import Deadline
from genode_tool.run.console.console import Console
from genode_tool.run.console.patterns import Pattern, PatternKind, glob, regex
from genode_tool.run.console.wait import Case, Ending, Match
from genode_tool.run.events import Phase
from genode_tool.run.machine.cpu_starvation import Starvation
from genode_tool.run.machine.lines import BOOT_SECONDS, CommandLine, TcpLine
from genode_tool.run.machine.qemu import QemuMachine
from genode_tool.run.scenario.consoles import Consoles
from genode_tool.run.scenario.numbers import seconds as number_of_seconds
from genode_tool.run.scenario.progress import Progress
from genode_tool.run.scenario.script import Script, Words, words_of
from genode_tool.run.scenario.stops import stop
from genode_tool.run.scenario.system import RunningSystem
from genode_tool.run.verdict import Outcome, ScenarioStop, ScriptError

FOREVER = "forever"
"""The pattern that stands for a wait without an end."""


class SystemOutput:
    """Waits for patterns in what systems and programs print.

    `timeout_scale` multiplies the seconds that scripts give.
    """

    def __init__(
        self,
        script: Script,
        progress: Progress,
        consoles: Consoles,
        system: RunningSystem,
        timeout_scale: float,
    ) -> None:
        self._script = script
        self._progress = progress
        self._consoles = consoles
        self._system = system
        self._scale = timeout_scale
        self._greeting_kept = False

    def seconds(self, timeout_value: str) -> float | None:
        """Return a script's timeout in seconds, None for a negative one: forever.

        Raises `ScenarioStop` when it is not a number.
        """
        try:
            seconds = number_of_seconds(str(timeout_value))
        except ScriptError:
            raise stop(
                self._script, Outcome.SCRIPT_ERROR, f'timeout is "{timeout_value}": wanted seconds'
            ) from None
        return None if seconds < 0 else seconds * self._scale

    def wait(self, pattern: str, timeout_value: str, ids: Words) -> None:
        """Wait for a pattern; the text up to it is added to the script's `output`.

        Raises `ScenarioStop` when the time is over, the output ends, or the machine reboots.
        """
        consoles = self._named(ids)
        machine = any(console.on_text is not None for console in consoles)
        cases: list[Case] = []
        boot_message = self._script.invoke("run_boot_string") if machine else ""
        if boot_message and self._system.booted:
            # First, so that it wins: a kernel that greets a second time has rebooted.
            again = f"{boot_message}*{boot_message}" if self._greeting_kept else boot_message
            cases.append(Case(glob(again), consoles))
        reboot_cases = len(cases)
        endless = pattern == FOREVER
        if not endless:
            cases.append(Case(regex(pattern), consoles))
        cases.append(Case(Pattern(PatternKind.EOF), consoles))
        self._progress.expecting = "" if endless else pattern
        self._system.endless = endless
        seconds = None if endless else self.seconds(timeout_value)
        with self._progress.phase(Phase.EXECUTE, pattern):
            match, added = self._wait_fairly(cases, seconds)
            if match.ending is Ending.TIMEOUT:
                raise self._timed_out(pattern, seconds or 0.0, added)
            if match.ending is Ending.EOF:
                raise self._ended(match.console, endless=endless)
            if match.case is not None and match.case < reboot_cases:
                raise self.failed(Outcome.REBOOT, "the machine rebooted unexpectedly")
        self._greeting_kept = False
        self._progress.expecting = ""
        if match.console and (dropped := match.console.take_dropped()):
            self._progress.warn(
                f"the text before `{pattern}` is long: "
                f"`output` lacks its first {dropped} characters"
            )
        self._script.set("output", (self._script.get("output") or "") + match.text)

    def await_boot(
        self, spawn_id: str, pattern: str, timeout_value: str, *, transfer: bool = True
    ) -> ScenarioStop | None:
        """Wait for the proof of a boot, if the kernel gives one; return why it did not come.

        `pattern` is what the script waits for afterwards: if that has no end, nor has this.
        Without `transfer`, it may be found in the output up to the proof, too.
        Raises `ScenarioStop` when the output ends.
        """
        boot_message = self._script.invoke("run_boot_string")
        if boot_message:
            shown = boot_message.strip()
            consoles = self._named(spawn_id)
            proof = Case(glob(boot_message), consoles, transfer)
            cases = [proof, Case(Pattern(PatternKind.EOF), consoles)]
            seconds = None if pattern == FOREVER else self.seconds(timeout_value)
            if seconds is not None and isinstance(self._system.machine, CommandLine | TcpLine):
                seconds = max(seconds, BOOT_SECONDS * self._scale)
            self._progress.expecting = shown
            with self._progress.phase(Phase.BOOT, shown):
                match, added = self._wait_fairly(cases, seconds)
                if match.ending is Ending.TIMEOUT:
                    return self._timed_out(shown, seconds or 0.0, added, "no boot: ")
                if match.ending is Ending.EOF:
                    raise self._ended(match.console, endless=False)
        if isinstance(self._system.machine, QemuMachine):
            self._system.machine.note_booted()
        self._system.booted = True
        self._greeting_kept = bool(boot_message) and not transfer
        return None

    def failed(self, outcome: Outcome, message: str, hint: str = "") -> ScenarioStop:
        """Return the exception for a failure, with the evidence as it is now."""
        evidence = self._progress.evidence()
        return stop(self._script, outcome, message, evidence=evidence, hint=hint)

    def _wait_fairly(self, cases: Sequence[Case], seconds: float | None) -> tuple[Match, float]:
        """Wait at most `seconds` in which the machine had a processor when it wanted one.

        Returns the match and the seconds added for those in which it had none.
        """
        machine = self._system.machine
        starvation = Starvation(machine.pid) if machine and machine.pid and seconds else None
        match = self._consoles.wait(cases, Deadline.after(seconds))
        added = 0.0
        while starvation and seconds and match.ending is Ending.TIMEOUT:
            more = starvation.grace(seconds, added)
            if not more:
                break
            added += more
            match = self._consoles.wait(cases, Deadline.after(more))
        return match, added

    def _named(self, ids: Words) -> tuple[Console, ...]:
        known = self._consoles.open
        found = tuple(known[name] for name in words_of(self._script, ids) if name in known)
        if not found:
            raise stop(
                self._script,
                Outcome.SCRIPT_ERROR,
                f'spawn id "{ids}" names no running program',
                hint="start the scenario first, with run_genode_until and no spawn id",
            )
        return found

    def _timed_out(
        self, pattern: str, seconds: float, added: float, prefix: str = ""
    ) -> ScenarioStop:
        machine = self._system.machine
        state = machine.state() if isinstance(machine, QemuMachine) else ""
        message = f'{prefix}"{pattern}" did not come within {seconds:g} s'
        if not seconds:
            message = f'{prefix}"{pattern}" had not come yet, and there is no time to wait for it'
        if added:
            message += f" and {added:.1f} s without a free processor"
        if state:
            message += f"; {state}"
        hint = ""
        if not prefix and self._came_before(pattern):
            hint = "it came earlier, in output that a former wait took; wait for it once"
        elif not seconds:
            hint = "give the seconds to wait after the pattern: run_genode_until {…} 30"
        return self.failed(Outcome.TIMEOUT, message + self._progress.transcript.trouble, hint)

    def _came_before(self, pattern: str) -> bool:
        """Return whether a pattern is in what earlier waits added to `output`."""
        return self._script.search(pattern, self._script.get("output") or "") is not None

    def _ended(self, console: Console | None, *, endless: bool) -> ScenarioStop:
        machine = self._system.machine
        if console is not None and console.on_text is None:
            return self.failed(Outcome.END_OF_OUTPUT, f"{console.name} ended")
        why = machine.why_ended() if machine else f"{console.name if console else 'all'} ended"
        # Nothing was awaited: a system that ends in good order has done all that it should.
        if endless and (why.endswith("exit status 0") or "switched the machine off" in why):
            return stop(self._script, Outcome.PASSED, why)
        wanted = f' before "{self._progress.expecting}" came' if self._progress.expecting else ""
        return self.failed(Outcome.END_OF_OUTPUT, f"output ended{wanted}: {why}")
